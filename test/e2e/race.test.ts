import { readdirSync } from "node:fs";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { RaceResult } from "../../src/demo/race/verdict.ts";
import { readPage } from "../support/readme.ts";
import {
  closeAll,
  freshDir,
  leftovers,
  NOTHING_LEFT,
  outputOf,
  redisIn,
  runCli,
} from "../support/service.ts";

afterEach(closeAll);
afterAll(async () => expect(await leftovers()).toEqual(NOTHING_LEFT));

/** The words behind `npm run` in the README's command. */
const [words = ""] = /demo -- race/.exec(readPage("README.md")) ?? [];
const RACE = words.replace("-- ", "").split(" ");

/** None of it may matter: a race meets neither a real provider nor anybody's Redis. */
const FOREIGN = {
  SEVEN_API_KEY: "of-a-real-account",
  SEVEN_BASE_URL: "http://127.0.0.1:9",
  TELEGRAM_GATEWAY_TOKEN: "of-a-real-account",
  REDIS_URL: "redis://127.0.0.1:9",
  SMS_SILENCE_MS: "29000",
};

function expectNothingLeft(tmp: string): void {
  expect(readdirSync(tmp).filter((name) => name.startsWith("otpost-"))).toEqual([]);
  expect(redisIn(tmp)).toEqual([]);
}

type Line = RaceResult & { ok: boolean; faults: string[] };

describe("the race of the README", () => {
  test("ends as it must, and the figures say why", async () => {
    const tmp = freshDir();
    const args = [...RACE, "--seconds", "10", "--seed", "1", "--json"];
    const { code, stdout, stderr } = await outputOf(args, { TMPDIR: tmp, ...FOREIGN });
    expect(stdout.trim().split("\n"), stderr).toHaveLength(1);
    const { scores, ...rest } = JSON.parse(stdout) as Line;
    expect(rest).toEqual({
      seed: 1,
      seconds: 10,
      silenceMs: 2_000,
      reach: 0.9,
      lost: 0,
      duplicates: 0,
      ok: true,
      faults: [],
    });
    expect(code).toBe(0);
    const { direct, otpost } = scores;
    expect([direct.people, otpost.people]).toEqual([50, 50]);
    for (const { haveCode, stuck, sms, eur } of [direct, otpost]) {
      expect(haveCode + stuck).toBe(50);
      expect(eur).toBeCloseTo(sms * 0.075);
    }
    expect(otpost.haveCode).toBeGreaterThan(direct.haveCode);
    expect(otpost.longestCallMs).toBeLessThanOrEqual(1_200);
    expect(otpost.telegram).toBeGreaterThan(0);
    // The other side shows what there is to win: seven's slowness in the login, and its loss for good.
    expect(direct).toMatchObject({ p95Ms: null, telegram: 0 });
    expect(direct.hangingMost).toBeGreaterThan(10);
    expect(direct.longestCallMs).toBeGreaterThan(8_000);
    for (const says of ["seven is well", "60 % vanish", "nobody new comes"]) expect(stderr).toContain(says);
    expect(stdout + stderr).not.toMatch(/\d{6}/);
    expectNothingLeft(tmp);
  });

  test("ends with everything that it started when it is interrupted", async () => {
    const tmp = freshDir();
    const started = await runCli(RACE, { TMPDIR: tmp });
    await started.waitForLine(/^0 s, seven is well/, { timeoutMs: 60_000 });
    expect(redisIn(tmp)).toHaveLength(1);
    started.kill("SIGINT");
    expect(await started.exited).toMatchObject({ code: 130 });
    expect(started.stdout()).not.toContain("The race");
    expectNothingLeft(tmp);
  });

  test.each([
    [["--seconds", "9"], /'--seconds <n>' argument '9' is invalid. Use a whole number from 10 to 600/],
    [["--seed", "0"], /'--seed <n>' argument '0' is invalid. Use a whole number from 1 to 999999999/],
  ])("does not begin with %j", async (args, complaint) => {
    const { code, stdout, stderr } = await outputOf([...RACE, ...args]);
    expect(stderr).toMatch(complaint);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test("explains itself by an example that holds", async () => {
    const { code, stdout } = await outputOf([...RACE, "--help"]);
    expect(stdout).toContain("otpost demo race --seconds 30 --seed 7");
    expect(code).toBe(0);
  });
});
