import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { parseStep, type Step, totals, totalsLine } from "../../../.ci/totals.mjs";
import { endLeftovers, startProcess } from "../../support/processes.ts";

afterEach(async () => expect(await endLeftovers()).toEqual([]));

const suite = (code = 0): Step => ({ kind: "suite", name: "test", code, report: "test.json" });

type File = { status?: string; message?: string; tests?: string[] };

/** A report as vitest's JSON reporter writes it, as far as it is read. */
function report(...files: File[]): string {
  const testResults = files.map(({ status = "passed", message = "", tests = [] }, index) => ({
    name: `${index}.test.ts`,
    status,
    message,
    assertionResults: tests.map((one, n) => ({ fullName: `test ${n}`, status: one })),
  }));
  return JSON.stringify({ success: true, testResults });
}

const counts = (text: string, code = 0) => totals([suite(code)], () => text);

test("passed, failed, skipped and todo tests of all files are added up", () => {
  const text = report(
    { tests: ["passed", "passed", "skipped"] },
    { status: "failed", tests: ["passed", "failed", "todo"] },
  );

  expect(counts(text, 1)).toEqual({ passed: 3, failed: 1, skipped: 2, faults: [] });
});

test("a file that did not load counts as a failure although it has no tests", () => {
  const text = report({ tests: ["passed"] }, { status: "failed", message: "Cannot find module" });

  expect(counts(text, 1)).toEqual({
    passed: 1,
    failed: 1,
    skipped: 0,
    faults: ["1.test.ts: Cannot find module"],
  });
});

test("a file that failed after its tests had passed counts as a failure", () => {
  expect(counts(report({ status: "failed", tests: ["passed"] }), 1)).toMatchObject({ passed: 1, failed: 1 });
});

test("a test that never ended counts as a failure", () => {
  expect(counts(report({ tests: ["passed", "pending"] }), 1)).toMatchObject({
    passed: 1,
    failed: 1,
    skipped: 0,
  });
});

test.each([
  ["cut off", '{"testResults":['],
  ["of another shape", '{"tests":[]}'],
  ["without files", report()],
  ["with skipped tests only", report({ tests: ["skipped"] })],
])("a report %s is a failure, also when the run said it went well", (_, text) => {
  expect(counts(text)).toMatchObject({ passed: 0, failed: 1 });
});

test("a missing report is a failure", () => {
  expect(totals([suite()])).toMatchObject({ passed: 0, failed: 1, faults: ["test left no readable report"] });
});

test("an exit code without a failed test is a failure, such as an error outside of the tests", () => {
  expect(counts(report({ tests: ["passed"] }), 1)).toMatchObject({ passed: 1, failed: 1 });
});

test("a run that was cut off is a failure beside those it had found", () => {
  expect(counts(report({ status: "failed", tests: ["failed"] }), 124)).toMatchObject({ failed: 1 });
  expect(totals([suite(124)])).toMatchObject({ failed: 1 });
});

test("a gate counts nothing while it passes and one failure when it does not", () => {
  const read = () => report({ tests: ["passed"] });
  const gate = (code: number): Step => ({ kind: "gate", name: "check", code });

  expect(totals([suite(), gate(0)], read)).toMatchObject({ passed: 1, failed: 0 });
  expect(totals([suite(), gate(1)], read)).toMatchObject({ passed: 1, failed: 1 });
  expect(totals([gate(0)], read)).toMatchObject({ passed: 0, failed: 1, faults: ["nothing ran"] });
});

test("each drill is one result", () => {
  const drill = (name: string, code: number): Step => ({ kind: "drill", name, code });

  expect(totals([drill("storm", 0), drill("crash", 1)])).toMatchObject({ passed: 1, failed: 1 });
});

test("no step at all is a failure", () => {
  expect(totals([])).toMatchObject({ passed: 0, failed: 1, faults: ["nothing ran"] });
});

test("the line names skipped tests only when there are some", () => {
  expect(totalsLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(totalsLine({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});

test.each(["suite:test=0", "gate:check=0:file.json", "gate:check", "other:x=0", ""])(
  "%j is no step",
  (argument) => {
    expect(() => parseStep(argument)).toThrow("not a step");
  },
);

test("steps of every kind are read", () => {
  expect(parseStep("suite:test=1:reports/ci/test.json")).toEqual({
    kind: "suite",
    name: "test",
    code: 1,
    report: "reports/ci/test.json",
  });
  expect(parseStep("drill:redis kill=0")).toMatchObject({ kind: "drill", name: "redis kill", code: 0 });
});

test.each([
  ["passed", 0, 0, "1 passed, 0 failed"],
  ["failed", 1, 1, "0 passed, 1 failed"],
])("as a command it prints the line last and exits by it: %s", async (status, code, exit, line) => {
  const dir = mkdtempSync(join(tmpdir(), "otpost-totals-"));
  const file = join(dir, "test.json");
  writeFileSync(file, report({ status, tests: [status] }));

  const run = await startProcess([".ci/totals.mjs", `suite:test=${code}:${file}`, "gate:check=0"]);
  const ended = await run.exited;
  rmSync(dir, { recursive: true });

  expect(run.stdout().trimEnd().split("\n").at(-1)).toBe(line);
  expect(ended.code).toBe(exit);
});
