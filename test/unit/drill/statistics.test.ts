import { describe, expect, test } from "vitest";
import { crowd, evenly, growing } from "../../../src/drill/arrivals.ts";
import { outcomeOf } from "../../../src/drill/load-entry.ts";
import { mostInAny, percentile, perWindow, shareOf } from "../../../src/drill/statistics.ts";
import { parseMsisdn } from "../../../src/core/phone.ts";

describe("statistics", () => {
  test("percentiles are values that were measured", () => {
    const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([0.5, 0.95, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 95, 99, 100]);
    expect([percentile([], 0.5), percentile([7], 0.01), shareOf(1, 0), shareOf(1, 4)]).toEqual([
      undefined,
      7,
      undefined,
      0.25,
    ]);
  });

  test("windows hold their start and not their end, and a rest is left out", () => {
    const counts = perWindow([0, 9, 10, 19, 20, 25, -1], { fromAt: 0, toAt: 25, windowMs: 10 });
    expect(counts).toEqual([2, 2]);
    expect(perWindow([], { fromAt: 5, toAt: 0, windowMs: 10 })).toEqual([]);
  });

  test("the fullest window may start anywhere", () => {
    expect(mostInAny([900, 950, 1_000, 1_899, 5_000], 1_000)).toBe(4);
    expect(mostInAny([0, 1_000, 2_000], 1_000)).toBe(1);
    expect(mostInAny([], 1_000)).toBe(0);
  });
});

describe("arrivals", () => {
  test("come at an even pace or at one that grows", () => {
    expect(evenly({ perSecond: 4, forMs: 1_000, fromMs: 500 })).toEqual([500, 750, 1_000, 1_250]);
    const times = growing({ from: 100, to: 1_000, forMs: 60_000 });
    expect(times).toHaveLength(33_000);
    const counts = perWindow(times, { fromAt: 0, toAt: 60_000, windowMs: 1_000 });
    expect(Math.abs(counts[0]! - 107)).toBeLessThanOrEqual(2);
    expect(Math.abs(counts[59]! - 992)).toBeLessThanOrEqual(2);
    expect(growing({ from: 5, to: 5, forMs: 1_000 })).toEqual([0, 200, 400, 600, 800]);
  });

  test("are of people with numbers of their own, the same ones for a seed", () => {
    const [next, again, other] = [crowd(1), crowd(1), crowd(2)];
    const people = Array.from({ length: 20_000 }, next);
    expect(new Set(people.map(({ to }) => to)).size).toBe(20_000);
    expect(again()).toEqual(people[0]);
    expect(other()).not.toEqual(people[0]);
    for (const { to, code, text } of people.slice(0, 500)) {
      expect(parseMsisdn(to, undefined)).toBe(to);
      expect(text).toContain(code);
    }
  });
});

test("an answer proves that a code was taken, that it was not, or neither", () => {
  expect(outcomeOf({ status: 202 })).toBe("acked");
  expect([400, 401, 409, 422, 429].map((status) => outcomeOf({ status }))).toEqual(Array(5).fill("refused"));
  expect(outcomeOf({ status: 503, problem: "overloaded" })).toBe("refused");
  expect(outcomeOf({ status: 503, problem: "unavailable" })).toBe("unknown");
  expect([500, 502, 504, undefined].map((status) => outcomeOf({ status }))).toEqual(Array(4).fill("unknown"));
});
