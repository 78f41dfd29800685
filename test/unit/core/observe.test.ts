import { describe, expect, test } from "vitest";
import { advance } from "../../../src/core/advance.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import { nextDue } from "../../../src/core/due.ts";
import { proceed } from "../../../src/core/next-move.ts";
import { newNotes } from "../../../src/core/observe.ts";
import { resend } from "../../../src/core/resend.ts";
import { timelineOf } from "../../../src/core/timeline.ts";
import { aDelivery, anAttempt, aPlan, CREATED_AT, testRules } from "../../support/build.ts";

const T = CREATED_AT;
const rules = testRules();
const context = (now = T + 1_000) => ({ now, rules, random: () => 0.5 });
const observed = (changes: Partial<Delivery> = {}) => aDelivery({ observed: [], ...changes });
const refused = anAttempt({ state: "refused", detail: "recipient_unreachable", settledAt: T + 500 });

describe("a delivery that is only observed", () => {
  test("ends as it would on one route, and tells where failover would have gone", () => {
    const before = observed({ attempts: [refused] });
    const after = proceed(before, context());
    expect(after.next).toBeUndefined();
    expect(after).toMatchObject({ state: "failed", exhaustedAt: T + 1_000 });
    expect(newNotes(before, after)).toEqual([
      { at: T + 1_000, from: "seven-sms", to: "telegram-gateway", why: "refused" },
    ]);
    const texts = timelineOf(after).map(({ text }) => text);
    expect(texts[0]).toContain("observed only: it stays on seven-sms");
    expect(texts).toContainEqual(
      expect.stringContaining("Failover would have left seven-sms for telegram-gateway now"),
    );
    const guarded = proceed(aDelivery({ attempts: [refused] }), context());
    expect(guarded.next?.route).toBe("telegram-gateway");
  });

  test("waits on for its own route after a silence, and notes the move once", () => {
    const silent = observed({
      state: "sent",
      attempts: [anAttempt({ state: "accepted", acceptedAt: T, settledAt: T })],
    });
    const due = nextDue(silent, rules);
    expect(due).toMatchObject({ kind: "silence", at: T + 30_000 });
    const left = advance(silent, { kind: "left", attempt: 1, why: "silence", at: T + 30_000 });
    const after = proceed(left, context(T + 30_000));
    expect(after.observed).toHaveLength(1);
    expect([after.state, after.next]).toEqual(["sent", undefined]);
    expect(proceed(after, context(T + 40_000)).observed).toHaveLength(1);
  });

  test("is tried again on its own route while the provider is away", () => {
    const away = anAttempt({ state: "unavailable", detail: "provider_fault", retryLimit: 0, settledAt: T });
    const after = proceed(observed({ attempts: [away] }), context());
    expect(after.next).toMatchObject({ route: "seven-sms", why: "again" });
    expect(after.observed).toHaveLength(1);
  });

  test("notes nothing where failover would have stayed as well", () => {
    const fresh = proceed(observed(), context());
    expect(fresh.next).toEqual(aPlan({ plannedAt: T + 1_000, notBefore: T + 1_000 }));
    expect(fresh.observed).toEqual([]);
  });

  test("is sent again only on its own route", () => {
    const sent = observed({
      state: "sent",
      attempts: [anAttempt({ state: "accepted", acceptedAt: T, settledAt: T })],
    });
    expect(resend(sent, context(T + 60_000))).toEqual({ kind: "used_up" });
    const free = testRules({ routes: [...rules.routes.values()].map((r) => ({ ...r, lockMs: 0 })) });
    expect(resend(sent, { ...context(T + 60_000), rules: free })).toMatchObject({
      kind: "attempt",
      next: { route: "seven-sms", why: "resend" },
    });
  });
});
