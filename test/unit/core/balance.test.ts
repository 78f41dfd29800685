import { describe, expect, test } from "vitest";
import { daysLeft } from "../../../src/core/balance.ts";

const HOUR = 3_600_000;
const NOW = 100 * 24 * HOUR;
const readings = (...micros: number[]) =>
  micros.map((value, i) => ({ at: NOW - (micros.length - 1 - i) * HOUR, micros: value, currency: "EUR" }));

describe("the days that a balance lasts", () => {
  test("follow from what went away", () =>
    expect(daysLeft(readings(100, 90, 80), NOW)).toBeCloseTo(80 / 240));
  test("a payment in between is no gain of the rest", () =>
    expect(daysLeft(readings(20, 10, 110, 100), NOW)).toBeCloseTo(100 / ((20 / 3) * 24)));
  test("are not told from less than an hour, from nothing spent, or of nothing", () => {
    expect(daysLeft(readings(100), NOW)).toBeUndefined();
    expect(daysLeft(readings(100, 100), NOW)).toBeUndefined();
    expect(daysLeft([], NOW)).toBeUndefined();
  });
  test("only the newest currency and the last week count", () => {
    const old = { at: NOW - 8 * 24 * HOUR, micros: 9_000, currency: "EUR" };
    const other = { at: NOW - 3 * HOUR, micros: 9_000, currency: "USD" };
    expect(daysLeft([old, other, ...readings(100, 90)], NOW)).toBeCloseTo(90 / 240);
  });
  test("an account that is used up lasts no day", () => expect(daysLeft(readings(10, -5), NOW)).toBe(0));
});
