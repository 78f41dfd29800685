import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApiClient, plainNumber } from "../support/http-client.ts";
import { php, phpScript } from "../support/php.ts";
import { ROOT } from "../support/readme.ts";
import {
  closeAll,
  closeLater,
  freshDir,
  leftovers,
  NOTHING_LEFT,
  type Service,
  startUp,
} from "../support/service.ts";

/** What the listener may hold a page up for: it reads two preferences and asks nobody. */
const PAGE_MS = 100;
/** The app's own limit, and what PHP needs to start and end. */
const POST_MS = 1_000 + 1_000;

let service: Service;
beforeAll(async () => {
  service = await startUp({ DATA_DIR: freshDir() });
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

type Login = Partial<{
  event: "passed" | "failed";
  provider: string;
  preferences: Record<string, string>;
  settings: { url?: string; key?: string };
  broken: "config" | "client";
}>;

async function answerChallenge(login: Login) {
  const settings = { url: `${service.ready.publicUrl}/`, key: service.ready.apiKey };
  const startedAt = performance.now();
  const { code, stdout, stderr } = await phpScript("login.php", { settings, ...login });
  const pageMs = Number(/^page (\d+)$/m.exec(stdout)?.[1] ?? "nothing");
  return { code, stdout, posted: stderr.trim(), pageMs, tookMs: performance.now() - startedAt };
}

async function delivered(n: number): Promise<{ id: string; to: string }> {
  const to = plainNumber(n, 91);
  const api = createApiClient(service.ready);
  const msg = `${730_200 + n} is your Nextcloud authentication code`;
  const answer = await api.playsms({ to, msg });
  const [row] = answer.json["data"] as { smslog_id: string }[];
  await api.until(row!.smslog_id, "delivered");
  return { id: row!.smslog_id, to };
}

const stateOf = async (id: string) => (await createApiClient(service.ready).view(id)).state;

test("every file of the app is PHP", async () => {
  const app = "integrations/nextcloud/otpost_outcome";
  const files = readdirSync(join(ROOT, app), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".php"),
  );
  expect(files).toHaveLength(4);
  for (const file of files) {
    expect(await php("-l", join(app, file))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^No syntax errors/),
    });
  }
});

describe("the listener, beside a real otpost", () => {
  test("tells that a code was entered", async () => {
    const { id, to } = await delivered(1);
    const login = await answerChallenge({ preferences: { sms_identifier: to } });
    expect(login).toMatchObject({ code: 0, posted: "posted 200" });
    expect(login.pageMs).toBeLessThan(PAGE_MS);
    expect(await stateOf(id)).toBe("verified");
  });

  test("tells of the Signal channel too, with the number as it was typed", async () => {
    const { id, to } = await delivered(2);
    const typed = ` 00${to.slice(1, 3)} ${to.slice(3, 6)}/${to.slice(6)}`;
    const login = await answerChallenge({
      provider: "gateway_signal",
      preferences: { signal_identifier: typed },
    });
    expect(login).toMatchObject({ code: 0, posted: "posted 200" });
    expect(await stateOf(id)).toBe("verified");
  });

  test("tells of a wrong code, which changes nothing", async () => {
    const { id, to } = await delivered(3);
    const login = await answerChallenge({ event: "failed", preferences: { sms_identifier: to } });
    expect(login).toMatchObject({ code: 0, posted: "posted 200" });
    expect(await stateOf(id)).toBe("delivered");
  });

  test.each([
    [
      "a number that nothing was sent to",
      { preferences: { sms_identifier: plainNumber(99, 91) } },
      "posted 404",
    ],
    [
      "a wrong key",
      { preferences: { sms_identifier: plainNumber(98, 91) }, settings: { key: "a.b" } },
      "posted 401",
    ],
    ["another second factor", { provider: "totp", preferences: { sms_identifier: plainNumber(97, 91) } }, ""],
    [
      "a channel without numbers",
      { provider: "gateway_telegram", preferences: { telegram_identifier: "123456789" } },
      "",
    ],
    ["a user without a number", { preferences: {} }, ""],
    ["no settings", { preferences: { sms_identifier: plainNumber(96, 91) }, settings: { url: "" } }, ""],
  ] as [string, Login, string][])("%s costs the page nothing", async (_what, login, posted) => {
    const base = { url: service.ready.publicUrl, key: service.ready.apiKey };
    const settings = { ...base, ...login.settings };
    const answered = await answerChallenge({ ...login, settings });
    expect(answered).toMatchObject({ code: 0, posted });
    expect(answered.pageMs).toBeLessThan(PAGE_MS);
  });
});

describe("nothing that goes wrong reaches the login", () => {
  test.each(["config", "client"] as const)("an exception of the %s", async (broken) => {
    const login = await answerChallenge({ broken, preferences: { sms_identifier: plainNumber(1, 92) } });
    expect(login).toMatchObject({ code: 0, posted: "" });
    expect(login.stdout).toMatch(/^page \d+\n$/);
  });

  test("an otpost that hangs", async () => {
    const silent = createServer(() => undefined);
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    closeLater(() => silent.close());
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const settings = { url, key: service.ready.apiKey };
    const login = await answerChallenge({ settings, preferences: { sms_identifier: plainNumber(2, 92) } });
    expect(login).toMatchObject({ code: 0, posted: "posted 0" });
    expect(login.pageMs).toBeLessThan(PAGE_MS);
    expect(login.tookMs).toBeLessThan(POST_MS);
  });

  test("an otpost that is gone", async () => {
    const settings = { url: "http://127.0.0.1:9", key: service.ready.apiKey };
    const login = await answerChallenge({ settings, preferences: { sms_identifier: plainNumber(3, 92) } });
    expect(login).toMatchObject({ code: 0, posted: "posted 0" });
    expect(login.pageMs).toBeLessThan(PAGE_MS);
  });
});
