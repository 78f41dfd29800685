import { describe, expect, test } from "vitest";
import { series } from "../../../bench/figures.ts";
import { atLeast, atMost, type BenchReport, ratio, toJsonLine } from "../../../bench/result.ts";
import { figure, renderReport, renderTable } from "../../../bench/table.ts";

const variants = {
  full: series([{ "requests/s": 4_000 }, { "requests/s": 5_200 }, { "requests/s": 5_000 }]),
  floor: series([{ "requests/s": 10_000 }, { "requests/s": 10_400 }, { "requests/s": 12_500 }]),
};

const report: BenchReport = {
  tool: "otpost bench",
  version: "1.2.3",
  command: "npm run bench -- intake",
  startedAt: "2030-01-01T00:00:00.000Z",
  tookMs: 90_000,
  machine: {
    cpu: "Some CPU",
    cores: 2,
    memoryGiB: 4,
    os: "linux 6",
    node: "20.20.2",
    redis: "Redis 7.0.15",
    commit: "abc1234",
    loadAverage: 0.2,
  },
  options: {
    benches: ["intake"],
    runs: 3,
    short: false,
    json: false,
    logLevel: "warn",
    profile: undefined,
  },
  results: [
    {
      bench: "intake",
      settings: { connections: 64 },
      variants,
      ratios: [ratio(variants, { of: "full", to: "floor", figure: "requests/s" })],
      aims: [atLeast("full to floor", 0.4, 0.5), atMost("bytes", 2_000, 2_048)],
    },
  ],
};

describe("the report", () => {
  test("as JSON is one line that holds every run, the medians, the ratios and the machine", () => {
    const line = toJsonLine(report);
    expect(line).not.toContain("\n");
    const read = JSON.parse(line);
    expect(Object.keys(read).toSorted()).toEqual([
      "command",
      "machine",
      "options",
      "results",
      "startedAt",
      "tookMs",
      "tool",
      "version",
    ]);
    expect(read.results[0].variants.full).toEqual({
      runs: [{ "requests/s": 4_000 }, { "requests/s": 5_200 }, { "requests/s": 5_000 }],
      median: { "requests/s": 5_000 },
    });
    expect(read.results[0].ratios).toEqual([
      { of: "full", to: "floor", figure: "requests/s", runs: [0.4, 0.5, 0.4], median: 0.4 },
    ]);
    expect(read.results[0].aims).toEqual([
      { what: "full to floor", value: 0.4, atLeast: 0.5, met: false },
      { what: "bytes", value: 2_000, atMost: 2_048, met: true },
    ]);
    expect(read.machine).toEqual(report.machine);
  });

  test("as text shows medians with their spread, and which aims were met", () => {
    const text = renderReport(report);
    expect(text).toContain("otpost 1.2.3 at abc1234, Redis 7.0.15, Node 20.20.2");
    expect(text).toContain("2 x Some CPU, load 0.2");
    expect(text).toMatch(/full +5,000 \[4,000-5,200\]\n/);
    expect(text).toContain("requests/s, full to floor: 0.4  (0.4 0.5 0.4)");
    expect(text).toContain("full to floor at least 0.5; it is 0.4, NOT met");
    expect(text).toContain("bytes at most 2,048; it is 2,000, met");
    expect(text).not.toContain("SHORT RUN");
  });

  test("of a short run says that it means nothing", () =>
    expect(renderReport({ ...report, options: { ...report.options, short: true } })).toContain("SHORT RUN"));

  test("a variant that was not measured has no ratio", () =>
    expect(() => ratio(variants, { of: "full", to: "flor", figure: "requests/s" })).toThrow("flor"));
});

describe("tables", () => {
  test("the first column stands left, the others right; short rows are filled", () =>
    expect(renderTable([["", "a", "bb"], ["name", "1", "22"], ["n"]])).toBe(
      ["        a  bb", "  name  1  22", "  n"].join("\n"),
    ));
  test.each([
    [12_345.6, "12,346"],
    [345.4, "345"],
    [34.56, "34.6"],
    [0.12345, "0.123"],
    [0, "0"],
  ])("%d is written %s", (value, text) => expect(figure(value)).toBe(text));
});
