import { describe, expect, test } from "vitest";
import { busySince, completeSpans, rateOf, SPAN_MS, spanOf } from "../../../src/core/lane-rate.ts";

const T = 1_700_000_000_000;
const NOW = T + 3 * SPAN_MS + 1_234;

describe("the rate of a lane", () => {
  const measured = (starts: number[], since: number | undefined = T, perSecond = 10) =>
    rateOf({ since, starts, perSecond }, NOW);

  test.each([
    [[40, 40], 8],
    [[50, 50], 10],
    [[60, 60], 10],
    [[30, 15], 4.5],
    [[0, 0], 2],
  ])("is what it sent in its last two spans, %j, within reason", (starts, perSecond) => {
    expect(measured(starts)).toBe(perSecond);
  });

  test("is the allowed one while a span began without a line, or nothing is counted", () => {
    expect(rateOf({ since: undefined, starts: [40, 40], perSecond: 10 }, NOW)).toBe(10);
    expect(measured([40, 40], (spanOf(NOW) - 2) * SPAN_MS + 1)).toBe(10);
    expect(measured([40, 40], (spanOf(NOW) - 2) * SPAN_MS)).toBe(8);
    expect(measured([])).toBe(10);
    expect(measured([40])).toBe(10);
  });

  test("of a lane without a pace stays so", () => {
    expect(measured([40, 40], T, 0)).toBe(0);
  });
});

test("a lane is busy while its line is as long as it can send in 5 s", () => {
  expect(busySince(undefined, 49, 10, NOW)).toBeUndefined();
  expect(busySince(undefined, 50, 10, NOW)).toBe(NOW);
  expect(busySince(T, 51, 10, NOW)).toBe(T);
  expect(busySince(T, 49, 10, NOW)).toBeUndefined();
  expect(busySince(T, 500, 0, NOW)).toBeUndefined();
});

test("only spans that are over are counted", () => {
  expect(completeSpans(NOW)).toEqual([spanOf(NOW) - 1, spanOf(NOW) - 2]);
});
