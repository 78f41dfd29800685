import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { DrillReport } from "../../src/drill/report.ts";
import { readLoadLedger } from "../../src/drill/load-entry.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, redisIn, runCli } from "../support/service.ts";

afterEach(closeAll);
afterAll(async () => expect(await leftovers()).toEqual(NOTHING_LEFT));

/** Each drill has a directory for temporary files of its own, so that what it leaves behind is seen. */
async function drill(args: readonly string[], tmp: string) {
  const started = await runCli(["drill", ...args], { TMPDIR: tmp });
  const { code } = await started.exited;
  return { code, stdout: started.stdout(), stderr: started.stderr() };
}

function expectNothingLeft(tmp: string): void {
  expect(readdirSync(tmp).filter((name) => name.startsWith("otpost-drill-"))).toEqual([]);
  expect(redisIn(tmp)).toEqual([]);
}

describe("a drill", () => {
  test("of doubts keeps its promises, tells how far it is, and leaves its ledgers", async () => {
    const [tmp, keep] = [freshDir(), freshDir()];
    const { code, stdout, stderr } = await drill(["doubt", "--short", "--json", "--keep", keep], tmp);
    const report = JSON.parse(stdout) as DrillReport;
    expect(stdout.trim().split("\n")).toHaveLength(1);
    expect(report.verdicts.filter(({ is }) => is !== "kept")).toEqual([]);
    expect(code).toBe(0);
    expect(report).toMatchObject({ drill: "doubt", seed: 1, short: true });
    expect(report.machine).toMatch(/^otpost \d.*Node \d+/);
    expect(report.columns["journal readable"]).toMatchObject({ codes: 80, acked: 80, copiesSeven: 80 });
    // The control: where nothing can be looked up a doubt costs a second copy, by another route.
    expect(report.columns["journal down"]!.copiesTelegram).toBeGreaterThan(0);
    expect(stderr).toMatch(/every fifth answer is cut: asked \d+, acked \d+/);
    const kept = join(keep, "doubt-journal-readable");
    expect(await readLoadLedger(join(kept, "load.ndjson"))).toHaveLength(80);
    const taken = readFileSync(join(kept, "twins.ndjson"), "utf8");
    expect(taken.match(/"event":"accepted"/g)).toHaveLength(80);
    expectNothingLeft(tmp);
  });

  test("that is interrupted ends everything that it started", async () => {
    const tmp = freshDir();
    const started = await runCli(["drill", "doubt", "--short"], { TMPDIR: tmp });
    await started.waitForLine(/asked \d+, acked [1-9]/, { timeoutMs: 60_000 });
    expect(redisIn(tmp)).toHaveLength(1);
    started.kill("SIGINT");
    expect(await started.exited).toMatchObject({ code: 130 });
    expect(started.stdout()).toBe("");
    expectNothingLeft(tmp);
  });

  test("that nobody knows is refused with the list", async () => {
    const { code, stderr } = await drill(["nonsense"], freshDir());
    expect(stderr).toMatch(
      /Allowed choices are doubt, reports, blackout, brownout, storm, fairness, reload, learn/,
    );
    expect(code).toBe(1);
  });
});
