import { describe, expect, test } from "vitest";
import type { Attempt, Delivery } from "../../../src/core/delivery.ts";
import { bindAlreadySent, latestStartAt, proceed } from "../../../src/core/next-move.ts";
import type { SendOutcome } from "../../../src/core/outcome.ts";
import { aDelivery, anAttempt, aPlan, CREATED_AT, EXPIRES_AT, testRules } from "../../support/build.ts";
import { move, next } from "../../support/move.ts";

const T = CREATED_AT;
const LATEST = EXPIRES_AT - 30_000;
const rules = testRules();
const ALL = ["seven-sms", "telegram-gateway", "second-sms"];

describe("the first attempt", () => {
  test("goes to the plan's first route at once", () => {
    expect(move([])).toEqual({
      kind: "attempt",
      next: aPlan({ plannedAt: T + 1_000, notBefore: T + 1_000 }),
    });
  });

  test("does not start with less than 30 s of life left", () => {
    expect(move([], { now: LATEST }).kind).toBe("attempt");
    expect(move([], { now: LATEST + 1 })).toEqual({ kind: "deadline" });
  });

  test("an empty plan is exhausted, in time or not", () => {
    expect(move([], { delivery: { plan: [] } })).toEqual({ kind: "exhausted" });
    expect(move([], { delivery: { plan: [] }, now: LATEST + 1 })).toEqual({ kind: "exhausted" });
  });
});

describe("nothing to do", () => {
  test.each(["sending", "uncertain", "accepted", "unconfirmed", "delivered"] as const)(
    "while the newest is %s",
    (state) => {
      expect(move([{ state }])).toEqual({ kind: "wait" });
    },
  );

  test.each([
    { next: aPlan({ number: 2 }) },
    { exhaustedAt: T },
    { deadlineAt: T },
    { cancelledAt: T },
    { state: "failed" },
    { state: "delivered" },
    { state: "verified" },
  ] satisfies Partial<Delivery>[])("with %j", (delivery) => {
    expect(move([{ state: "refused" }], { delivery })).toEqual({ kind: "wait" });
    expect(move([{ state: "unavailable" }], { delivery })).toEqual({ kind: "wait" });
  });

  test("an earlier attempt's failure moves nothing", () => {
    expect(move([{ state: "undelivered" }, { state: "accepted", route: "telegram-gateway" }])).toEqual({
      kind: "wait",
    });
  });
});

describe("the next route", () => {
  test.each(["refused", "undelivered"] as const)("is taken at once when the newest is %s", (state) => {
    expect(move([{ state }])).toEqual(next("telegram-gateway", state));
    expect(move([{ state }])).toMatchObject({ next: { plannedAt: T + 1_000, notBefore: T + 1_000 } });
  });

  test.each(["silence", "buffered", "doubt"] as const)(
    "is taken when the newest was left for %s",
    (leftFor) => {
      expect(move([{ state: "accepted", leftAt: T, leftFor }])).toEqual(next("telegram-gateway", leftFor));
    },
  );

  test("a refusal says more than the silence before it", () => {
    expect(move([{ state: "undelivered", leftAt: T, leftFor: "silence" }])).toEqual(
      next("telegram-gateway", "undelivered"),
    );
  });

  test("the plan's end is exhausted, even after the deadline", () => {
    const last = ALL.map((route) => ({ state: "refused", route }) as const);
    expect(move(last)).toEqual({ kind: "exhausted" });
    expect(move(last, { now: LATEST + 1 })).toEqual({ kind: "exhausted" });
  });

  test("is not started with less than 30 s of life left", () => {
    expect(move([{ state: "refused" }], { now: LATEST })).toEqual(next("telegram-gateway", "refused"));
    expect(move([{ state: "refused" }], { now: LATEST + 1 })).toEqual({ kind: "deadline" });
  });
});

describe("proceed", () => {
  const context = { now: T + 1_000, rules, random: () => 0.5 };

  test("writes the move into the record", () => {
    const refused = anAttempt({ state: "refused" });
    expect(proceed(aDelivery({ attempts: [refused] }), context).next?.route).toBe("telegram-gateway");
    const last = aDelivery({ attempts: ALL.map((route, n) => ({ ...refused, route, number: n + 1 })) });
    expect(proceed(last, context)).toMatchObject({ state: "failed", exhaustedAt: T + 1_000 });
    const late = proceed(aDelivery({ attempts: [refused] }), { ...context, now: LATEST + 1 });
    expect(late).toMatchObject({ state: "expired", deadlineAt: LATEST + 1 });
  });

  test("returns the same record where there is nothing to do", () => {
    const waiting = aDelivery({ next: aPlan() });
    expect(proceed(waiting, context)).toBe(waiting);
  });
});

test("the last start is 30 s before the code dies", () => {
  expect(latestStartAt(aDelivery(), rules)).toBe(LATEST);
});

describe("a provider that says it sent this already", () => {
  const said: SendOutcome = { kind: "refused", reason: "already_sent", providerCode: "402" };
  const bind = (earlier: Partial<Attempt>, outcome: SendOutcome = said) => {
    const attempts = [anAttempt(earlier), anAttempt({ number: 2 })];
    return bindAlreadySent(aDelivery({ attempts }), 2, outcome);
  };

  test.each([
    { state: "uncertain", detail: "timeout" },
    { state: "unavailable", detail: "absent" },
  ] satisfies Partial<Attempt>[])("speaks of our own message that was in doubt: %j", (earlier) => {
    expect(bind(earlier)).toEqual({ kind: "accepted", providerMessageId: undefined, providerCode: "402" });
  });

  test.each([
    { state: "accepted" },
    { state: "unavailable", detail: "connect" },
    { state: "uncertain", route: "second-sms" },
    { state: "uncertain", number: 3 },
  ] satisfies Partial<Attempt>[])(
    "refuses where nothing earlier on this route is in doubt: %j",
    (earlier) => {
      expect(bind(earlier)).toBe(said);
    },
  );

  test("any other outcome stays what it is", () => {
    const doubt = { state: "uncertain" } as const;
    for (const outcome of [
      { kind: "refused", reason: "unknown" },
      { kind: "accepted", providerMessageId: "m" },
      { kind: "unavailable", reason: "connect" },
    ] satisfies SendOutcome[]) {
      expect(bind(doubt, outcome)).toBe(outcome);
    }
  });
});
