import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { median, percentile, ratios, rounded, series } from "../../../bench/figures.ts";

describe("median", () => {
  test.each([
    [[3], 3],
    [[4, 1], 2.5],
    [[9, 1, 5], 5],
    [[1, 100, 2, 3], 2.5],
    [[10, 9, 100], 10],
  ])("of %j is %d", (values, expected) => expect(median(values)).toBe(expected));

  test("as many values lie below it as above it, and the list stays as it was", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1 }), (values) => {
        const copy = [...values];
        const middle = median(values);
        expect(values).toEqual(copy);
        const below = values.filter((v) => v < middle).length;
        const above = values.filter((v) => v > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });

  test("of nothing does not exist", () => expect(() => median([])).toThrow("no median"));
});

describe("percentile", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  test.each([
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0.001, 1],
  ])("%d of 1 to 100 is %d", (share, expected) => expect(percentile(hundred, share)).toBe(expected));
  test("a single slow one is the p99 of few", () => expect(percentile([1, 1, 50], 0.99)).toBe(50));
  test("of nothing does not exist", () => expect(() => percentile([], 0.5)).toThrow("no percentile"));
});

describe("series", () => {
  test("each figure has its own median, and the runs stay", () => {
    const runs = [
      { a: 1, b: 30 },
      { a: 3, b: 10 },
      { a: 2, b: 20 },
    ];
    expect(series(runs)).toEqual({ runs, median: { a: 2, b: 20 } });
  });
  test("a run that lacks a figure is a fault", () =>
    expect(() => series([{ a: 1, b: 1 }, { a: 1 }])).toThrow("lacks the figure b"));
});

describe("ratios", () => {
  test("are taken inside each run, so that a machine that slows down does not move them", () => {
    const of = series([{ x: 50 }, { x: 5 }, { x: 10 }]);
    const to = series([{ x: 100 }, { x: 10 }, { x: 20 }]);
    expect(ratios(of, to, "x")).toEqual({ runs: [0.5, 0.5, 0.5], median: 0.5 });
  });
  test("want as many runs on both sides", () =>
    expect(() => ratios(series([{ x: 1 }, { x: 2 }]), series([{ x: 1 }]), "x")).toThrow("lacks"));
});

test("four digits are kept", () => {
  expect([rounded(12_345.67), rounded(0.123456)]).toEqual([12_350, 0.1235]);
});
