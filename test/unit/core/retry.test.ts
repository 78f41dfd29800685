import { describe, expect, test } from "vitest";
import { retryDelayMs, startWithin } from "../../../src/core/retry.ts";

const CAPS = [1_000, 3_000];

describe("the wait before a retry", () => {
  test.each([
    [1, 0, 0],
    [1, 0.9999, 999],
    [2, 0.5, 1_500],
    [2, 0.99999, 2_999],
  ])("retry %d with random %d waits %d ms", (n, random, delayMs) => {
    expect(retryDelayMs(n, CAPS, undefined, () => random)).toBe(delayMs);
  });

  test.each([0, 3, -1])("there is no retry %d", (n) => {
    expect(retryDelayMs(n, CAPS, undefined, () => 0)).toBeUndefined();
    expect(retryDelayMs(n, CAPS, 1_000, () => 0)).toBeUndefined();
  });

  test("the provider's wish is the least, not the most", () => {
    expect(retryDelayMs(1, CAPS, 5_000, () => 0.5)).toBe(5_000);
    expect(retryDelayMs(1, CAPS, 100, () => 0.5)).toBe(500);
  });
});

describe("the start of a wait", () => {
  test("lies at its end, and not after the last start", () => {
    expect(startWithin(100, 50, 200)).toBe(150);
    expect(startWithin(100, 100, 200)).toBe(200);
    expect(startWithin(100, 101, 200)).toBeUndefined();
  });

  test("a wait that is over starts now", () => {
    expect(startWithin(100, -50, 200)).toBe(100);
  });
});
