import { describe, expect, test } from "vitest";
import { exitCodeOf } from "../../../src/cli/drill.ts";
import { circuitFigures } from "../../../src/drill/circuit.ts";
import type { Drill, Promised } from "../../../src/drill/drill.ts";
import { written } from "../../../src/drill/figures.ts";
import { judge } from "../../../src/drill/judge.ts";
import { type DrillReport, renderReport } from "../../../src/drill/report.ts";
import { evidence, sevenTook } from "./build.ts";

const nothingLost: Promised = { says: "nothing is lost", figure: "lost", bound: { atMost: 0 } };

describe("promises", () => {
  test("are kept only if every column keeps them", () => {
    expect(judge([nothingLost], { a: { lost: 0 }, b: { lost: 0 } })).toMatchObject([{ is: "kept" }]);
    expect(judge([nothingLost], { a: { lost: 0 }, b: { lost: 1 } })).toEqual([
      { says: "nothing is lost", is: "broken", found: "1, at most 0 (b)" },
    ]);
    expect(judge([{ ...nothingLost, columns: ["a"] }], { a: { lost: 0 }, b: { lost: 1 } })).toMatchObject([
      { is: "kept" },
    ]);
  });

  test("whose figure is missing are broken", () => {
    expect(judge([nothingLost], { a: {} })).toMatchObject([{ is: "broken" }]);
    expect(judge([nothingLost], {})).toMatchObject([{ is: "broken" }]);
  });

  test("are judged by the columns that a short run has", () => {
    const both: Promised = { ...nothingLost, columns: ["a", "b"] };
    expect(judge([both], { a: { lost: 0 } })).toMatchObject([{ is: "kept" }]);
    expect(judge([both], { a: { lost: 2 } })).toMatchObject([{ is: "broken" }]);
    expect(judge([both], { c: { lost: 0 } })).toMatchObject([{ is: "missing" }]);
  });

  test("that break make the command fail, those that cannot be proven do not", () => {
    const verdict = (is: "kept" | "broken" | "missing") => ({ says: "it works", is, found: "0" });
    expect(exitCodeOf({ verdicts: [verdict("kept"), verdict("missing")] })).toBe(0);
    expect(exitCodeOf({ verdicts: [verdict("kept"), verdict("broken")] })).toBe(1);
  });

  test("may compare two columns", () => {
    const better: Promised = {
      says: "better",
      figure: "onTime",
      columns: ["otpost"],
      bound: { aboveColumn: "direct" },
    };
    expect(judge([better], { otpost: { onTime: 0.9 }, direct: { onTime: 0.4 } })).toMatchObject([
      { is: "kept", found: "90.0 %, more than 40.0 % of direct (otpost)" },
    ]);
    expect(judge([better], { otpost: { onTime: 0.4 }, direct: { onTime: 0.4 } })[0]!.is).toBe("broken");
    expect(judge([better], { otpost: { onTime: 0.4 }, direct: {} })[0]!.is).toBe("broken");
  });
});

describe("the circuit", () => {
  const finished = (at: number, outcome: string) => ({
    at,
    event: "attempt.finished",
    route: "seven-sms",
    outcome,
  });
  const failing = [1_100, 1_200, 1_300, 1_400, 1_500, 1_600].map((at) => finished(at, "unavailable"));
  const between = { darkFrom: "hang", wellAgain: "well again" };
  const dark = {
    ...evidence({ asked: [], taken: [sevenTook({ at: 900 }), sevenTook({ at: 5_250 })] }),
    log: failing,
    phases: [
      { name: "hang", at: 1_000 },
      { name: "well again", at: 5_000 },
    ],
  };

  test("is timed from the fifth failure in a row", () => {
    const opened = { at: 1_750, event: "circuit.moved", circuit: "route:seven-sms", change: "open" };
    expect(circuitFigures({ ...dark, log: [...failing, opened] }, between)).toEqual({
      calledInDark: 6,
      circuitOpenMs: 250,
      returnMs: 250,
    });
    const broken = failing.toSpliced(2, 0, finished(1_250, "accepted"));
    expect(circuitFigures({ ...dark, log: [...broken, opened] }, between).circuitOpenMs).toBe(0);
  });

  test("that never opens is not the same as none", () => {
    expect(circuitFigures(dark, between).circuitOpenMs).toBeUndefined();
    const shut = { ...dark, circuit: [{ at: 1_500, state: 0 }] };
    expect(circuitFigures(shut, between).circuitOpenMs).toBe(Number.POSITIVE_INFINITY);
  });

  test("leaves traffic away for ever when nothing comes back", () => {
    expect(circuitFigures({ ...dark, taken: [] }, between).returnMs).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("the report", () => {
  const drill: Drill = {
    name: "test",
    longestMin: 1,
    shows: "how a table looks",
    promises: [nothingLost],
    runs: [{ name: "one", means: "the only one" }],
    plan: () => ({ phases: [], arrivals: [], settings: {}, extraWorkers: 0, settleMs: 0 }),
  };
  const report: DrillReport = {
    drill: "test",
    machine: "otpost 0.1.0, 2 x CPU",
    command: "otpost drill test --seed 7",
    seed: 7,
    short: true,
    tookMs: 12_300,
    columns: { one: { codes: 12_345, lost: 1 }, two: { codes: 3 } },
    verdicts: judge([nothingLost], { one: { lost: 1 } }),
  };

  test("shows what was measured, in columns, and names the broken promise", () => {
    const lines = renderReport(report, drill).split("\n");
    expect(lines.slice(0, 3)).toEqual([
      "drill test: how a table looks",
      "otpost 0.1.0, 2 x CPU",
      "otpost drill test --seed 7   (seed 7, 12 s)",
    ]);
    expect(lines[3]).toContain("SHORT RUN");
    const rows = lines.filter((line) => /codes asked for|lost \(/.test(line));
    expect(rows.map((row) => row.split(/ {2,}/).slice(1))).toEqual([
      ["codes asked for", "12,345", "3"],
      ["lost (acked, never sent, no honest end)", "1", "-"],
    ]);
    expect(lines.find((line) => line.includes("BROKEN"))).toContain("nothing is lost: 1, at most 0");
    expect(lines.join("\n")).not.toContain("stale");
    const detailed = { ...report, columns: { one: { unknownSent: 0 }, two: { unknownSent: 0 } } };
    expect(renderReport(detailed, drill)).not.toContain("sent all the same");
    expect(renderReport({ ...detailed, columns: { one: { unknownSent: 1 } } }, drill)).toContain(
      "sent all the same",
    );
  });

  test("sets run and group of a column below each other", () => {
    const columns = { "few, a": { codes: 1 }, "few, polled, b": { codes: 2 } };
    const lines = renderReport({ ...report, columns }, drill).split("\n");
    const header = lines.slice(5, 9).map((line) => line.trim().split(/ {2,}/));
    expect(header).toEqual([["few"], ["few", "polled"], ["a", "b"], ["codes asked for", "1", "2"]]);
  });

  test("writes every unit", () => {
    expect([
      written("acceptP99", 45.4),
      written("acceptP99", 1_250),
      written("onTime", 0.4567),
      written("eur", 3),
      written("usd", 0.011),
      written("rateLeast", 9.5),
      written("returnMs", Number.POSITIVE_INFINITY),
      written("lost", undefined),
    ]).toEqual(["45 ms", "1.3 s", "45.7 %", "3.00 EUR", "0.01 USD", "9.50", "never", "-"]);
  });
});
