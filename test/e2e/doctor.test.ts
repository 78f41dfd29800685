import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Contract } from "../../src/twins/seven/contract.ts";
import { eventually } from "../support/eventually.ts";
import { call } from "../support/http-client.ts";
import {
  closeAll,
  freshDir,
  leftovers,
  NOTHING_LEFT,
  outputOf,
  runCli,
  type Service,
  startUp,
} from "../support/service.ts";
import { startTwinProcess, type TwinProcess } from "../support/twin-process.ts";

const NUMBER = "+4915112345678";
/** Of the account that is tried; the twin behaves as no document says. */
const LAG_MS = 1_400;
const LOCK_MS = 2_500;

let twin: TwinProcess;
let service: Service;
let env: Record<string, string>;

beforeAll(async () => {
  twin = await startTwinProcess();
  const own = { ...twin.env, DATA_DIR: freshDir() };
  service = await startUp(own);
  env = { ...own, PORT: "0", OPERATOR_PORT: "0", PUBLIC_URL: service.ready.publicUrl };
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

const doctor = (args: string[] = [], more: Record<string, string> = {}) =>
  outputOf(["doctor", ...args], { ...env, ...more });

type Finding = { check: string; level: string; todo?: string };
const jsonOf = (stdout: string) => JSON.parse(stdout) as { ok: boolean; findings: Finding[] };

describe("otpost doctor", () => {
  test("finds the missing hook of a running service, exits 1, and registers it with --repair", async () => {
    const before = await doctor(["--json"]);
    expect(before.code).toBe(1);
    const fails = jsonOf(before.stdout).findings.filter(({ level }) => level === "fail");
    expect(fails).toMatchObject([{ check: "hook-seven", todo: "otpost doctor --repair" }]);

    const unasked = await doctor(["--repair"]);
    expect(unasked.stdout).toMatch(/register .*\/reports\/seven\/\*\*\*\? \[y\/N\] \s*no answer/);
    expect(unasked.stdout).toContain("seven: left as it is.");
    expect(unasked.code).toBe(1);

    const after = await doctor(["--repair", "--yes"]);
    expect(after.code).toBe(0);
    expect(after.stdout).toMatch(/^seven: done: register .*\*\*\*\.$/m);
    expect(after.stdout).toMatch(/^ok +hook-seven/m);
    expect(after.stdout).toMatch(/No fault, \d warning\(s\)\.\n$/);
    expect(after.stdout + before.stdout).not.toContain(service.ready.reportUrls["seven"]!.split("/").at(-1));
  });

  test.each([
    [["--to", NUMBER], "--to is for --live"],
    [["--live", "--from", "https://otp.example.org"], "Use --from or --live, not both"],
    [["--live", "--to", "0151", "--yes"], "use one international number of your own"],
    [["--live", "--max-cost", "much"], "Use euros such as 1 or 0.50"],
  ])("%j is refused in words", async (args, words) => {
    const refused = await doctor(args);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(words);
    expect(refused.stderr).not.toContain("    at ");
  });
});

describe("otpost doctor --live", () => {
  const contractOf = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Contract;
  const live = (args: string[], more: Record<string, string> = {}) =>
    doctor(["--live", "--to", NUMBER, "--out", join(freshDir(), "contract.json"), ...args], more);
  const taken = async () => (await twin.accepted()).length;

  test.each([
    [["--max-cost", "0.05", "--yes"], {}, /may cost 0\.075 EUR.*raise --max-cost/],
    [[], {}, /That step was left out/],
    [["--yes"], { SEVEN_API_KEY: "not-the-key" }, /seven does not take the key/],
  ])("%j sends nothing where it must not", async (args, more, words) => {
    const before = await taken();
    const { code, stderr } = await live(args, more);
    expect({ code, words: stderr }).toEqual({ code: 1, words: expect.stringMatching(words) });
    expect(await taken()).toBe(before);
  });

  test("stops at the cap, and writes down what it knows by then", async () => {
    const before = await taken();
    const out = join(freshDir(), "contract.json");
    const { code, stdout } = await live(["--max-cost", "0.1", "--yes", "--wait", "5", "--out", out]);
    expect({ code, sent: (await taken()) - before }).toEqual({ code: 0, sent: 1 });
    expect(stdout).toContain("raise --max-cost");
    expect(contractOf(out).reloadLock).toEqual({ kind: "untested" });
  });

  test("measures an account, and a twin that is given the result measures alike", async () => {
    await twin.setFaults({ journalLagMs: LAG_MS, reloadLockMs: LOCK_MS, errorShape: "error-code" });
    const out = join(freshDir(), "contract.json");
    const first = await live(["--yes", "--wait", "10", "--out", out, "--json"]);
    expect(first.code, first.stderr).toBe(0);
    const contract = contractOf(out);
    expect(contract).toMatchObject({
      version: 1,
      account: "real",
      badKey: "quoted",
      reloadLock: { kind: "locks", shape: "error-code" },
      journal: { kind: "seen", foreignId: true },
      reports: { kind: "seen", foreignId: false, statuses: ["ACCEPTED", "TRANSMITTED", "DELIVERED"] },
      signing: { kind: "tested", taken: true, wrongIsRefused: true },
    });
    expectSpan(contract.reloadLock, LOCK_MS);
    expectSpan(contract.journal, LAG_MS);
    // Two of the three messages were taken: the first, and the one that ended the lock.
    expect((JSON.parse(first.stdout) as { spentMicros: number }).spentMicros).toBe(150_000);

    const text = readFileSync(out, "utf8");
    for (const secret of [
      NUMBER.slice(1),
      env["SEVEN_API_KEY"]!,
      env["SEVEN_SIGNING_KEY"]!,
      "otpost doctor:",
    ])
      expect(text + first.stderr).not.toContain(secret);
    expect(statSync(out).size).toBeLessThan(8_192);

    const copy = await twinOf(out);
    const again = await live(["--yes", "--wait", "10", "--out", `${out}.2`], {
      SEVEN_BASE_URL: copy,
      // Reports of this twin lead nowhere.
      REDIS_URL: "redis://127.0.0.1:1",
    });
    expect(again.code, again.stderr).toBe(0);
    const measured = contractOf(`${out}.2`);
    expect(measured.answer.fields).toEqual(contract.answer.fields);
    expect(measured).toMatchObject({ badKey: "quoted", reloadLock: { shape: "error-code" } });
    expectSpan(measured.reloadLock, endOf(contract.reloadLock));
    expectSpan(measured.journal, endOf(contract.journal));
  });

  test.each(["twin", "drill"])("%s refuses a file that is no contract", async (verb) => {
    const path = join(freshDir(), "contract.json");
    writeFileSync(path, JSON.stringify({ version: 2 }));
    const args = verb === "twin" ? [verb] : [verb, "doubt", "--short"];
    const { code, stderr } = await outputOf([...args, "--contract", path]);
    expect(code).toBe(1);
    expect(stderr).toContain("is no contract of this version");
  });
});

type Span = Contract["reloadLock"] | Contract["journal"];
const endOf = (span: Span) => ("atMostMs" in span ? (span.atMostMs ?? 0) : 0);

/** What was set lies within what was measured, but for the two processes' own time. */
function expectSpan(span: Span, ms: number): void {
  expect(span).toMatchObject({ atLeastMs: expect.any(Number), atMostMs: expect.any(Number) });
  const { atLeastMs = Infinity } = span as { atLeastMs?: number };
  expect(atLeastMs - 200).toBeLessThanOrEqual(ms);
  expect(endOf(span) + 200).toBeGreaterThanOrEqual(ms);
}

async function twinOf(contract: string): Promise<string> {
  const ports = ["--seven-port", "0", "--telegram-port", "0", "--gatewayapi-port", "0"];
  const keys = ["--api-key", env["SEVEN_API_KEY"]!, "--signing-key", env["SEVEN_SIGNING_KEY"]!];
  const started = await runCli(["twin", "--json", "--contract", contract, ...ports, ...keys]);
  const { seven } = JSON.parse(await started.waitForLine(/^\{"seven"/)) as { seven: string };
  const faults = await eventually(() => call(`${seven}/_twin/faults`));
  expect(faults.json).toMatchObject({ reloadLock: true, errorShape: "error-code" });
  return seven;
}
