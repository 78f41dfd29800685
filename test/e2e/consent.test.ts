import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attachToEmbedded } from "../../src/redis/embedded/attach.ts";
import { Redis } from "ioredis";
import { redisStraws } from "../support/haystack.ts";
import { type ApiClient, createApiClient } from "../support/http-client.ts";
import { eventually } from "../support/eventually.ts";
import { findLeaks, straw } from "../support/leak-scan.ts";
import {
  closeAll,
  closeLater,
  freshDir,
  leftovers,
  NOTHING_LEFT,
  outputOf,
  type Service,
  startUp,
} from "../support/service.ts";

const NUMBERS = 3_000;
const ROUTES = ["telegram-gateway", "seven-sms"];
const numberOf = (n: number) => `+4915117${String(300_000 + n)}`;
/** As people's spreadsheets have them. */
const spelt = (n: number) => {
  const [digits, tail] = ["15117", String(300_000 + n)];
  return [`+49${digits}${tail}`, `0${digits} ${tail}`, `0049 ${digits}/${tail}`][n % 3]!;
};

let service: Service;
let api: ApiClient;
let dir: string;
const consent = (...args: string[]) =>
  outputOf(["clients", "consent", "cloud", ...args], { DATA_DIR: service.ready.dataDir });
let codes = 400_000;
/** By a code of its own each time: the same one again would be answered with the plan of the first. */
const planFor = async (to: string) => {
  codes += 1;
  return (await api.view(await api.send({ to, code: String(codes), routes: ROUTES }))).plan;
};

beforeAll(async () => {
  dir = freshDir();
  service = await startUp({ DATA_DIR: freshDir(), RECIPIENT_LIMIT_10_MIN: "0" });
  const added = await outputOf(["clients", "add", "cloud", "--region", "DE", "--json"], {
    DATA_DIR: service.ready.dataDir,
  });
  api = createApiClient({ ...service.ready, ...(JSON.parse(added.stdout) as { apiKey: string }) });
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

describe("consents at the command line, beside a running service", () => {
  test("of a list reach the people on it, until they are withdrawn", async () => {
    expect(await planFor(numberOf(1))).toEqual(["seven-sms"]);
    const file = join(dir, "agreed.txt");
    writeFileSync(
      file,
      `\uFEFF# agreed\n${Array.from({ length: NUMBERS }, (_, n) => spelt(n)).join("\r\n")}\n\n`,
    );
    const recorded = await consent("telegram", "--list", file, "--by", "HR", "--json");
    expect(recorded).toMatchObject({ code: 0 });
    expect(JSON.parse(recorded.stdout)).toMatchObject({
      clientId: "cloud",
      consents: [{ channel: "telegram", scope: "list", by: "HR", numbers: NUMBERS }],
    });
    await eventually(async () => expect(await planFor(numberOf(0))).toEqual(ROUTES), { timeoutMs: 1_000 });
    expect(await planFor(numberOf(NUMBERS - 1))).toEqual(ROUTES);
    expect(await planFor(numberOf(NUMBERS))).toEqual(["seven-sms"]);

    expect((await consent("telegram", "--remove", spelt(7))).stdout).toContain("was removed");
    expect(await planFor(numberOf(7))).toEqual(["seven-sms"]);
    expect((await consent("telegram", "--add", spelt(NUMBERS), "--by", "the desk")).code).toBe(0);
    expect(await planFor(numberOf(NUMBERS))).toEqual(ROUTES);
    const listed = await outputOf(["clients", "list"], { DATA_DIR: service.ready.dataDir });
    expect(listed.stdout).toMatch(/cloud.*telegram: 3000 numbers, by HR, .*last one added by the desk/);

    const redis = new Redis({ ...attachToEmbedded(service.ready.dataDir)! });
    closeLater(() => redis.disconnect());
    const hay = [...(await redisStraws(redis)), straw("output", recorded.stdout + recorded.stderr)];
    expect(findLeaks(hay, { codes: [], numbers: [numberOf(0), numberOf(8), numberOf(NUMBERS)] })).toEqual([]);

    expect((await consent("telegram", "--withdraw")).stdout).toContain("withdrawn");
    await eventually(async () => expect(await planFor(numberOf(0))).toEqual(["seven-sms"]), {
      timeoutMs: 1_000,
    });
  });

  test("of a list with lines that cannot be used are recorded not at all, or without those", async () => {
    const file = join(dir, "mixed.txt");
    const bad = ["Jane Doe", "0151 17300001, 0151 17300002", "12"];
    writeFileSync(file, [spelt(0), ...bad, spelt(1)].join("\n"));
    const refused = await consent("telegram", "--list", file, "--by", "HR at the second try");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("3 of 5 lines cannot be used: nothing was stored");
    expect(refused.stderr).toMatch(/line 2: .*\nline 3: .*\nline 4: /);
    for (const text of [...bad, "17300001"]) expect(refused.stderr).not.toContain(text);
    expect((await consent()).stdout).not.toContain("HR at the second try");

    const kept = await consent("telegram", "--list", file, "--by", "HR", "--skip-bad");
    expect(kept.stdout).toContain("2 numbers were recorded (0 given twice, 3 lines left out)");
  });

  test.concurrent.each([
    [["telegram", "--list", "/nowhere", "--by", "HR"], "/nowhere cannot be read"],
    [["telegram", "--all"], "--all needs --by"],
    [["telegram", "--all", "--withdraw", "--by", "HR"], "Only one of"],
    [["telegram"], "Say what to record"],
    [["--all", "--by", "HR"], "Name the channel"],
    [["sms", "--all", "--by", "HR"], "telegram"],
    [["telegram", "--add", "Jane", "--by", "HR"], "is no phone number"],
  ])("%j is refused in words", async (args, words) => {
    const refused = await consent(...args);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(words);
    expect(refused.stderr).not.toContain("    at ");
  });

  test("a caller cannot grant consent by itself", async () => {
    const body = { to: numberOf(50), code: "482913", routes: ROUTES, consent: ["telegram"] };
    expect((await api.post(body)).status).toBe(400);
  });
});
