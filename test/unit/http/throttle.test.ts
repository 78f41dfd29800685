import { describe, expect, it } from "vitest";
import { createThrottle } from "../../../src/http/throttle.ts";

function aThrottle() {
  const clock = { at: 0, now: () => clock.at };
  return { clock, throttle: createThrottle(clock) };
}

function fail(throttle: ReturnType<typeof createThrottle>, times: number, source = "a"): void {
  for (let i = 0; i < times; i++) throttle.failed(source);
}

describe("the throttle", () => {
  it("doubles the wait up to a minute", () => {
    const { throttle } = aThrottle();
    fail(throttle, 4);
    const waits = Array.from({ length: 8 }, () => {
      fail(throttle, 1);
      return throttle.waitMs("a", "k");
    });
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it("stays at a minute after ten thousand failures", () => {
    const { throttle } = aThrottle();
    fail(throttle, 10_000);
    expect(throttle.waitMs("a", "k")).toBe(60_000);
  });

  it("forgets a source that was quiet for ten minutes", () => {
    const { throttle, clock } = aThrottle();
    fail(throttle, 9);
    clock.at = 10 * 60_000;
    fail(throttle, 1);
    expect(throttle.waitMs("a", "k")).toBe(0);
  });

  it("knows ten thousand sources, then forgets the oldest", () => {
    const { throttle } = aThrottle();
    fail(throttle, 9, "first");
    for (let i = 0; i < 9_999; i++) fail(throttle, 1, `s${i}`);
    expect(throttle.waitMs("first", "k")).toBeGreaterThan(0);
    fail(throttle, 1, "one more");
    expect(throttle.waitMs("first", "k")).toBe(0);
  });

  it("lets a key that held before through, up to a thousand of them", () => {
    const { throttle } = aThrottle();
    throttle.succeeded("old");
    fail(throttle, 9);
    expect([throttle.waitMs("a", "old"), throttle.waitMs("a", "new") > 0]).toEqual([0, true]);
    for (let i = 0; i < 1_000; i++) throttle.succeeded(`k${i}`);
    expect(throttle.waitMs("a", "old")).toBeGreaterThan(0);
  });
});
