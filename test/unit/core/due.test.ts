import { describe, expect, test } from "vitest";
import { DELIVERY_STATES, hasEnded, type Attempt, type Delivery } from "../../../src/core/delivery.ts";
import { doubtEndsAt, nextDue } from "../../../src/core/due.ts";
import {
  aDelivery,
  anAttempt,
  aPlan,
  aRoute,
  CREATED_AT,
  EXPIRES_AT,
  testRules,
} from "../../support/build.ts";

const rules = testRules();
const T = CREATED_AT;
const due = (changes: Partial<Delivery>) => nextDue(aDelivery(changes), rules);
const dueWith = (...attempts: Partial<Attempt>[]) => due({ attempts: attempts.map((a) => anAttempt(a)) });
const CLOSE = { kind: "close", at: EXPIRES_AT + 60_000 };

describe("deadline and close", () => {
  test("a waiting attempt that has nowhere else to go is looked at just after its last possible start", () => {
    const plan = ["seven-sms"];
    expect(due({ plan, next: aPlan() })).toEqual({ kind: "deadline", at: EXPIRES_AT - 30_000 + 1 });
  });

  test("what waits for nothing else is closed 60 s after it expired", () => {
    expect(due({})).toEqual(CLOSE);
    expect(dueWith({ state: "refused" })).toEqual(CLOSE);
  });

  test.each(DELIVERY_STATES.map((state) => ({ state, open: !hasEnded(aDelivery({ state })) })))(
    "$state has a timer: $open",
    ({ state, open }) => {
      const delivery = aDelivery({ state, attempts: [anAttempt()] });
      expect(nextDue(delivery, rules) !== undefined).toBe(open);
    },
  );
});

describe("doubt", () => {
  const doubt = (at: number, attempt = 1) => ({ kind: "doubt", attempt, at });

  test("a call without an answer is looked up once no call can still live", () => {
    expect(dueWith({ state: "sending", intentAt: T + 7 })).toEqual(doubt(T + 7 + 10_000));
  });

  test("an uncertain one is looked up 3 s after its intent, or at once where its answer took longer", () => {
    expect(dueWith({ state: "uncertain", settledAt: T + 100 })).toEqual(doubt(T + 3_000));
    expect(dueWith({ state: "uncertain", settledAt: T + 8_000 })).toEqual(doubt(T + 8_000));
    expect(dueWith({ state: "uncertain" })).toEqual(doubt(T + 3_000));
  });

  test.each(["sending", "uncertain"] as const)("%s is looked up again every 2 s", (state) => {
    expect(dueWith({ state, lookedUpAt: T + 20_000 })).toEqual(doubt(T + 22_000));
  });

  test("an attempt that was left is not looked up", () => {
    expect(dueWith({ state: "uncertain", leftAt: T })).toEqual(CLOSE);
    expect(dueWith({ state: "sending", leftAt: T })).toEqual(CLOSE);
  });

  test.each(["accepted", "refused", "unavailable", "undelivered"] as const)("%s is no doubt", (state) => {
    expect(dueWith({ state })).toEqual(CLOSE);
  });

  test("the earliest timer comes first, of whichever attempt", () => {
    const early = { number: 2, state: "sending", intentAt: T + 1 } as const;
    const late = { number: 1, state: "sending", intentAt: T + 2 } as const;
    expect(dueWith(late, early)).toEqual(doubt(T + 10_001, 2));
    expect(dueWith(early, late)).toEqual(doubt(T + 10_001, 2));
  });

  test("it ends 10 s after it could first be looked up", () => {
    expect(doubtEndsAt(anAttempt({ state: "uncertain" }), rules)).toBe(T + 13_000);
    expect(doubtEndsAt(anAttempt({ state: "uncertain", settledAt: T + 8_000 }), rules)).toBe(T + 18_000);
    expect(doubtEndsAt(anAttempt({ state: "sending", settledAt: T + 8_000 }), rules)).toBe(T + 20_000);
  });
});

describe("silence", () => {
  const taken = { state: "accepted", acceptedAt: T + 500 } as const;
  const silence = (at: number, why = "silence", attempt = 1) => ({ kind: "silence", attempt, why, at });

  test("runs from the accept, as long as the route's rule says", () => {
    expect(dueWith(taken)).toEqual(silence(T + 30_500));
    expect(dueWith({ ...taken, route: "telegram-gateway" })).toEqual(silence(T + 15_500));
  });

  test("times the newest attempt only", () => {
    expect(dueWith(taken, { ...taken, number: 2, acceptedAt: T + 900 })).toEqual(
      silence(T + 30_900, "silence", 2),
    );
    expect(dueWith(taken, { number: 2, state: "refused" })).toEqual(CLOSE);
  });

  test("ends 10 s after a report that the phone is out of reach, but never later than without it", () => {
    const at = (buffered: number) =>
      dueWith({ ...taken, reports: [{ status: "buffered", said: "BUFFERED", at: buffered }] });
    expect(at(T + 2_000)).toEqual(silence(T + 12_000, "buffered"));
    expect(at(T + 20_499)).toEqual(silence(T + 30_499, "buffered"));
    expect(at(T + 20_500)).toEqual(silence(T + 30_500));
    const transmitted = { ...taken, reports: [{ status: "transmitted" as const, said: "T", at: T + 2_000 }] };
    expect(dueWith(transmitted)).toEqual(silence(T + 30_500));
  });

  test("does not run where no report ever comes, or on a route that left the configuration", () => {
    const mute = testRules({ routes: [] });
    expect(nextDue(aDelivery({ attempts: [anAttempt(taken)] }), mute)).toEqual(CLOSE);
  });

  test.each([{ exhaustedAt: T }, { deadlineAt: T }, { cancelledAt: T }])(
    "does not run when there is nothing left to move on to: %j",
    (mark) => {
      expect(due({ attempts: [anAttempt(taken)], ...mark })).toEqual(CLOSE);
    },
  );

  test("does not run while the next attempt waits, or once the attempt was left", () => {
    expect(due({ attempts: [anAttempt(taken)], next: aPlan({ number: 2 }) })?.kind).toBe("wait");
    expect(dueWith({ ...taken, leftAt: T })).toEqual(CLOSE);
  });
});

describe("a wait in a lane", () => {
  const LAST = EXPIRES_AT - 30_000 + 1;

  test.each([
    ["passes the route's limit", {}, T + 8_000],
    ["is counted from the instant at which it may start", { notBefore: T + 3_000 }, T + 11_000],
    ["is looked at again after each such time", { checkedAt: T + 8_100 }, T + 16_100],
    ["has another limit in another lane", { route: "telegram-gateway" }, T + 5_000],
  ])("%s", (_, next, at) => {
    const quick = testRules({
      routes: [aRoute({ id: "seven-sms" }), aRoute({ id: "telegram-gateway", maxWaitMs: 5_000 })],
    });
    expect(nextDue(aDelivery({ next: aPlan(next) }), quick)).toEqual({ kind: "wait", at });
  });

  test("gives way to the deadline", () => {
    expect(due({ next: aPlan({ checkedAt: LAST - 100 }) })).toEqual({ kind: "deadline", at: LAST });
  });
});

describe("a status", () => {
  const taken = { state: "accepted", acceptedAt: T, providerMessageId: "m1" } as const;
  const on = (reports: "push" | "poll" | "both", canReadStatus = true) =>
    testRules({ routes: [aRoute({ id: "seven-sms", canReadStatus, reports })] });
  const read = (attempt: Partial<Attempt>, given = on("push")) =>
    nextDue(aDelivery({ attempts: [anAttempt({ ...taken, ...attempt })] }), given);
  const status = (at: number) => ({ kind: "status", attempt: 1, at });

  test("is read at a third, half and two thirds of the patience, before silence moves on", () => {
    expect(read({})).toEqual(status(T + 10_000));
    expect(read({ statusReadAt: T + 10_000 })).toEqual(status(T + 15_000));
    expect(read({ statusReadAt: T + 15_000 })).toEqual(status(T + 20_000));
    expect(read({ statusReadAt: T + 20_000 })).toMatchObject({ kind: "silence", at: T + 30_000 });
  });

  test.each(["poll", "both"] as const)("is read from 2 s on where reports are asked for (%s)", (reports) => {
    expect(read({}, on(reports))).toEqual(status(T + 2_000));
    const instants = [2_000];
    while (instants.length < 8) {
      const due = read({ statusReadAt: T + instants.at(-1)!, leftAt: T }, on(reports));
      instants.push(due!.at - T);
    }
    expect(instants).toEqual([2_000, 4_000, 6_000, 9_000, 10_000, 15_000, 20_000, 30_000]);
  });

  test("is read ever more rarely once the next route was taken, at least a patience apart", () => {
    expect(read({ leftAt: T, statusReadAt: T + 20_000 })).toEqual(status(T + 50_000));
    expect(read({ leftAt: T, statusReadAt: T + 80_000 })).toEqual(status(T + 120_000));
  });

  test.each([
    ["has a final word", { state: "undelivered" }, on("push")],
    ["has no id at the provider", { providerMessageId: undefined, leftAt: T }, on("push")],
    ["cannot be asked about", { leftAt: T }, on("push", false)],
    ["went by a route that left the configuration", { leftAt: T }, testRules({ routes: [] })],
  ] as const)("is not read of a message that %s", (_, attempt, given) => {
    const { providerMessageId, ...rest } = { ...taken, ...attempt };
    const known = providerMessageId === undefined ? {} : { providerMessageId };
    expect(nextDue(aDelivery({ attempts: [anAttempt({ ...rest, ...known })] }), given)).toEqual(CLOSE);
  });
});

describe("people of a country whose networks are slower or faster", () => {
  const taken = { state: "accepted", acceptedAt: T, providerMessageId: "m1" } as const;
  const known = new Map([["49", 60_000]]);
  const slow = testRules({
    routes: [aRoute({ id: "seven-sms", canReadStatus: true, silenceMsByCallingCode: known })],
  });
  const dues = (callingCode: string | undefined, attempt: Partial<Attempt>) =>
    nextDue(
      aDelivery({ attempts: [anAttempt({ ...taken, ...attempt })], ...(callingCode ? { callingCode } : {}) }),
      slow,
    )?.at;

  test.each([
    ["49", T + 20_000, T + 60_000, T + 100_000],
    ["1", T + 10_000, T + 30_000, T + 70_000],
    [undefined, T + 10_000, T + 30_000, T + 70_000],
  ])("+%s have looks and silence of their own", (callingCode, look, silence, later) => {
    expect(dues(callingCode, {})).toBe(look);
    expect(dues(callingCode, { statusReadAt: T + 40_000 })).toBe(silence);
    expect(dues(callingCode, { statusReadAt: T + 40_000, leftAt: T })).toBe(later);
  });
});

describe("a delivered code that is sent again", () => {
  const first = { state: "delivered" } as const;
  const dueOf = (delivery: Partial<Delivery>) => due({ state: "delivered", askedAt: T, ...delivery });
  const deadline = { kind: "deadline", at: EXPIRES_AT - 30_000 + 1 };
  const open = anAttempt({ number: 2, why: "resend", state: "sending", intentAt: EXPIRES_AT - 35_000 });

  test("has a deadline while it waits, and its wait is looked at", () => {
    const next = aPlan({ number: 2, why: "resend", notBefore: EXPIRES_AT - 35_000 });
    expect(dueOf({ attempts: [anAttempt(first)], next })).toEqual(deadline);
    expect(dueOf({ attempts: [anAttempt(first)], next: { ...next, notBefore: T } })?.kind).toBe("wait");
  });

  test("has its doubt settled, also after the deadline", () => {
    const doubt = { kind: "doubt", attempt: 2, at: EXPIRES_AT - 25_000 };
    expect(dueOf({ attempts: [anAttempt(first), open] })).toEqual(doubt);
  });

  test.each(["refused", "unavailable", "undelivered"] as const)(
    "ends at the deadline if nobody moves it on after a call that ended %s",
    (state) => {
      expect(dueOf({ attempts: [anAttempt(first), anAttempt({ number: 2, state })] })).toEqual(deadline);
    },
  );

  test("has no timer once the wish is over", () => {
    const { askedAt: _, ...ended } = aDelivery({ state: "delivered", attempts: [anAttempt(first), open] });
    expect(nextDue(ended, rules)).toBeUndefined();
  });
});
