import { describe, expect, test } from "vitest";
import {
  afterFailure,
  afterTaken,
  type EndpointHealth,
  EVENT_WAITS_MS,
  HEALTHY,
  isDead,
  isDoubtful,
  restMs,
  retryInMs,
} from "../../../src/core/endpoint.ts";

const AT = 1_700_000_000_000;
const DAY_MS = 86_400_000;

function failing(times: number, from: EndpointHealth = HEALTHY, retryAfterMs?: number): EndpointHealth {
  return Array.from({ length: times }).reduce<EndpointHealth>((h) => afterFailure(h, AT, retryAfterMs), from);
}

describe("an endpoint", () => {
  test("rests after five failures in a row, for a minute at most, and until then not at all", () => {
    expect(restMs(failing(4), AT)).toBe(0);
    expect([5, 6, 7, 8, 9, 40].map((times) => restMs(failing(times), AT))).toEqual([
      5_000, 10_000, 20_000, 40_000, 60_000, 60_000,
    ]);
    expect([isDoubtful(failing(4)), isDoubtful(failing(5))]).toEqual([false, true]);
    expect(restMs(failing(5), AT + 5_000)).toBe(0);
  });

  test("rests as long as it asks for, up to a day", () => {
    expect(restMs(failing(1, HEALTHY, 90_000), AT)).toBe(90_000);
    expect(restMs(failing(1, HEALTHY, 40 * DAY_MS), AT)).toBe(DAY_MS);
    expect(restMs(afterFailure(failing(1, HEALTHY, 90_000), AT + 1, undefined), AT + 1)).toBe(0);
  });

  test("is as good as new after one success, which is written once a minute", () => {
    const well = afterTaken(failing(12), AT);
    expect(well).toEqual({ failures: 0, lastTakenAt: AT });
    expect(afterTaken(well, AT + 59_000)).toBe(well);
    expect(afterTaken(well, AT + 60_000).lastTakenAt).toBe(AT + 60_000);
  });

  test("is dead after five days of failures only, and ten of them", () => {
    expect(isDead(failing(10), AT + 5 * DAY_MS)).toBe(true);
    expect(isDead(failing(9), AT + 5 * DAY_MS)).toBe(false);
    expect(isDead(failing(99), AT + 5 * DAY_MS - 1)).toBe(false);
    expect(isDead(afterTaken(failing(99), AT), AT + 9 * DAY_MS)).toBe(false);
    const anew = afterFailure(afterTaken(failing(99), AT), AT + DAY_MS, undefined);
    expect(anew).toMatchObject({ failures: 1, failingSince: AT + DAY_MS });
  });
});

describe("the tries of an event", () => {
  test("are ten, spread over three days as the standard recommends, never longer than that", () => {
    const waits = (fraction: number) =>
      Array.from({ length: 9 }, (_, n) => retryInMs(n + 1, EVENT_WAITS_MS, 0, fraction)!);
    expect(waits(0).map((ms) => ms / 1_000)).toEqual([
      5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
    ]);
    for (const [n, ms] of waits(0.999).entries()) {
      expect(ms / EVENT_WAITS_MS[n]!).toBeGreaterThanOrEqual(0.8);
      expect(ms).toBeLessThan(EVENT_WAITS_MS[n]!);
    }
    expect(retryInMs(10, EVENT_WAITS_MS, 0, 0)).toBeUndefined();
    expect(retryInMs(10, EVENT_WAITS_MS, 60_000, 0)).toBeUndefined();
  });

  test("wait for the endpoint's own rest where that is longer, spread", () => {
    expect(retryInMs(1, EVENT_WAITS_MS, 60_000, 0)).toBe(60_000);
    expect(retryInMs(1, EVENT_WAITS_MS, 60_000, 0.5)).toBe(66_000);
    expect(retryInMs(2, EVENT_WAITS_MS, 60_000, 0)).toBe(300_000);
  });
});
