import { describe, expect, test } from "vitest";
import type { Attempt, Delivery } from "../../../src/core/delivery.ts";
import { evidenceOf, isLeftQuiet, isOverdue } from "../../../src/core/evidence.ts";
import type { Condition } from "../../../src/core/route.ts";
import { aDelivery, anAttempt, aPlan, CREATED_AT as T, EXPIRES_AT, testRules } from "../../support/build.ts";

const rules = testRules();
const taken = { state: "accepted", acceptedAt: T } as const;
const withOne = (attempt: Partial<Attempt>) => aDelivery({ attempts: [anAttempt(attempt)] });
const shown = (before: Partial<Attempt>, after: Partial<Attempt>, now = T + 5_000) =>
  evidenceOf(withOne(before), withOne(after), rules, now).map((e) => e.evidence.kind);

describe("evidence", () => {
  test.each([
    ["a delivered report", taken, { ...taken, state: "delivered" }, ["heard"]],
    ["a report that it was not delivered", taken, { ...taken, state: "undelivered" }, ["heard"]],
    ["the first look without one", taken, { ...taken, lateAt: T }, ["late"]],
    [
      "a report after such a look",
      { ...taken, lateAt: T },
      { state: "delivered", lateAt: T },
      ["late_heard"],
    ],
    ["a second look", { ...taken, lateAt: T }, { ...taken, lateAt: T, statusReadAt: T }, []],
    ["a better report", { state: "undelivered" }, { state: "delivered" }, []],
    ["a report in between", taken, { ...taken, providerCode: "1" }, []],
    ["an accept", { state: "sending" }, taken, []],
    ["a report of a doubtful call", { state: "uncertain" }, { ...taken, state: "delivered" }, ["heard"]],
  ] as [string, Partial<Attempt>, Partial<Attempt>, string[]][])("of %s", (_, before, after, kinds) => {
    expect(shown(before, { acceptedAt: T, ...after })).toEqual(kinds);
  });

  test("of a report that comes after the patience is none", () => {
    const delivered = { ...taken, state: "delivered" } as const;
    expect(shown(taken, delivered, T + 30_000)).toEqual(["heard"]);
    expect(shown(taken, delivered, T + 30_001)).toEqual([]);
  });

  test("names the route of its attempt", () => {
    const before = aDelivery({
      attempts: [anAttempt(taken), anAttempt({ ...taken, number: 2, route: "second-sms" })],
    });
    const after = { ...before, attempts: [before.attempts[0]!, { ...before.attempts[1]!, lateAt: T }] };
    expect(evidenceOf(before, after, rules, T)).toEqual([
      { route: "second-sms", evidence: { acceptedAt: T, kind: "late" } },
    ]);
    expect(evidenceOf(before, after, testRules({ routes: [] }), T)).toEqual([]);
  });
});

test.each([
  [taken, 9_999, false],
  [taken, 10_000, true],
  [{ ...taken, state: "delivered" }, 20_000, false],
  [{ state: "sending" }, 20_000, false],
] as [Partial<Attempt>, number, boolean][])("an attempt %j after %d ms is overdue: %s", (attempt, ms, is) => {
  expect(isOverdue(withOne(attempt), 1, rules, T + ms)).toBe(is);
});

describe("an attempt on a quiet route is left at its look", () => {
  const quiet = { "seven-sms": { quiet: true } };
  const isLeft = (
    delivery: Partial<Delivery>,
    known: Record<string, Partial<Condition>> = quiet,
    now = T + 10_000,
  ) =>
    isLeftQuiet(aDelivery({ attempts: [anAttempt(taken)], ...delivery }), 1, {
      now,
      rules,
      random: () => 0,
      conditions: (route) => ({ open: false, waitMs: 0, quiet: false, ...known[route] }),
    });

  test("when another route is free", () => expect(isLeft({})).toBe(true));

  test.each([
    ["its route speaks", {}, {}],
    [
      "every other one is quiet or open",
      {},
      { ...quiet, "telegram-gateway": { quiet: true }, "second-sms": { open: true } },
    ],
    ["there is no other one", { plan: ["seven-sms"] }, quiet],
    ["the next attempt is planned", { next: aPlan({ number: 2 }) }, quiet],
    ["the plan is used up", { exhaustedAt: T }, quiet],
    ["it was left before", { attempts: [anAttempt({ ...taken, leftAt: T })] }, quiet],
    ["it has its report", { attempts: [anAttempt({ ...taken, state: "undelivered" })] }, quiet],
    [
      "it is not the newest",
      { attempts: [anAttempt(taken), anAttempt({ ...taken, number: 2, route: "second-sms" })] },
      quiet,
    ],
  ] as [string, Partial<Delivery>, Record<string, Partial<Condition>>][])(
    "not when %s",
    (_, delivery, known) => {
      expect(isLeft(delivery, known)).toBe(false);
    },
  );

  test("not for one that is known not to reach the person", () => {
    const delivery = aDelivery({ attempts: [anAttempt(taken)], plan: ["seven-sms", "telegram-gateway"] });
    const conditions = (route: string) => ({ open: false, waitMs: 0, quiet: route === "seven-sms" });
    const left = (reached: boolean | undefined) =>
      isLeftQuiet(delivery, 1, {
        now: T + 10_000,
        rules,
        random: () => 0,
        conditions,
        reached: () => reached,
      });
    expect([left(undefined), left(true), left(false)]).toEqual([true, true, false]);
  });

  test("not before its time, nor when nothing can be sent any more", () => {
    expect(isLeft({}, quiet, T + 9_999)).toBe(false);
    expect(isLeft({}, quiet, EXPIRES_AT - 30_000)).toBe(true);
    expect(isLeft({}, quiet, EXPIRES_AT - 29_999)).toBe(false);
  });
});
