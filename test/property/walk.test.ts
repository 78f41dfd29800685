import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Delivery, hasEnded } from "../../src/core/delivery.ts";
import { isBilled } from "../../src/core/route.ts";
import { aDelivery, aRoute, CREATED_AT, testRules } from "../support/build.ts";
import { anOutcome, anyReport } from "./events.ts";
import { type Fate, type Walk, walk, type World } from "./walk.ts";

const rules = testRules({
  routes: [
    aRoute({ id: "seven-sms" }),
    aRoute({ id: "telegram-gateway", channel: "telegram", silenceMs: 15_000 }),
    aRoute({ id: "second-sms", silenceMs: undefined }),
  ],
});

const aFate: fc.Arbitrary<Fate> = fc.record({
  laneMs: fc.oneof(fc.nat(2_000), fc.nat(400_000)),
  tookMs: fc.nat(9_999),
  outcome: anOutcome,
  lost: fc.boolean(),
  look: fc.constantFrom("found", "absent", "unreadable"),
  reports: fc.array(fc.record({ report: anyReport, afterMs: fc.nat(500_000) }), { maxLength: 5 }),
});

const aWorld: fc.Arbitrary<World> = fc.record({
  fates: fc.array(aFate, { minLength: 1, maxLength: 12 }),
  random: fc
    .infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
    .map((stream) => () => {
      return stream.next().value as number;
    }),
  cancelAfterMs: fc.option(fc.nat(400_000), { nil: undefined, freq: 8 }),
});

const aStart = fc
  .record({
    validForMs: fc.integer({ min: 60_000, max: 600_000 }),
    plan: fc.shuffledSubarray(["seven-sms", "telegram-gateway", "second-sms"], { minLength: 1 }),
  })
  .map(({ validForMs, plan }) => aDelivery({ plan, expiresAt: CREATED_AT + validForMs }));

function always(holds: (walked: Walk, start: Delivery) => void) {
  fc.assert(
    fc.property(aStart, aWorld, (start, world) => holds(walk(start, rules, world), start)),
    { numRuns: 500 },
  );
}

describe("a delivery, whatever the providers do", () => {
  test("ends in one terminal state within 60 s of its expiry", () => {
    always(({ delivery, endedAt }, start) => {
      expect(hasEnded(delivery)).toBe(true);
      expect(endedAt).toBeLessThanOrEqual(start.expiresAt + rules.closeAfterMs);
      expect(delivery.endedAt).toBe(endedAt);
    });
  });

  test("starts no send with less than 30 s of life left, and plans none", () => {
    always(({ starts, delivery }, start) => {
      const latest = start.expiresAt - 30_000;
      for (const at of starts) expect(at).toBeLessThanOrEqual(latest);
      for (const { plannedAt } of delivery.attempts) expect(plannedAt).toBeLessThanOrEqual(latest);
    });
  });

  test("is paid for at most four times, twice on one route", () => {
    always(({ delivery }) => {
      const paid = delivery.attempts.filter((a) => isBilled(a, rules)).map((a) => a.route);
      expect(paid.length).toBeLessThanOrEqual(4);
      for (const route of delivery.plan) {
        expect(paid.filter((r) => r === route).length).toBeLessThanOrEqual(2);
      }
    });
  });

  test("is tried on a route at most five times in the first round, and on none that it has left", () => {
    always(({ delivery }) => {
      const again = delivery.attempts.findIndex((a) => a.why === "again");
      const firstRound = delivery.attempts.slice(0, again === -1 ? undefined : again);
      const routes = firstRound.map((a) => delivery.plan.indexOf(a.route));
      expect(routes).toEqual(routes.toSorted((a, b) => a - b));
      for (const route of delivery.plan) {
        expect(firstRound.filter((a) => a.route === route).length).toBeLessThanOrEqual(5);
      }
    });
  });

  test("is tried again, once all routes have failed, with waits that grow", () => {
    always(({ delivery }) => {
      const again = delivery.attempts.filter((a) => a.why === "again");
      const gaps = again.slice(1).map((a, i) => a.intentAt - again[i]!.intentAt);
      for (const [i, gapMs] of gaps.entries()) {
        expect(gapMs).toBeGreaterThanOrEqual(Math.min(2_500 * 2 ** (i + 1), 15_000));
      }
      for (const { route, number } of again) {
        const before = delivery.attempts.findLast((a) => a.route === route && a.number < number);
        expect(before).toMatchObject({ state: "unavailable" });
      }
    });
  });

  test("says unsent only where nothing can arrive, and unconfirmed only where something may", () => {
    always(({ delivery }) => {
      const states = delivery.attempts.map((a) => a.state);
      const out = states.some((s) => s === "sending" || s === "uncertain" || s === "unconfirmed");
      const open = out || states.includes("accepted");
      if (delivery.state === "unconfirmed") expect(out).toBe(true);
      if (delivery.state === "failed" || delivery.state === "expired" || delivery.state === "cancelled") {
        expect(open).toBe(false);
      }
    });
  });
});

test("the walks reach every end but verified, retries and failovers", () => {
  const seen = new Set<string>();
  always(({ delivery }) => {
    seen.add(delivery.state);
    for (const { why } of delivery.attempts) seen.add(why);
  });
  expect([...seen].toSorted()).toEqual(
    expect.arrayContaining([
      "absent",
      "again",
      "cancelled",
      "delivered",
      "doubt",
      "expired",
      "failed",
      "retry",
      "silence",
      "unconfirmed",
    ]),
  );
});
