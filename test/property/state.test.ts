import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance, type DeliveryEvent } from "../../src/core/advance.ts";
import { type Delivery, hasEnded, isSentAgain, stateRank } from "../../src/core/delivery.ts";
import { nextDue } from "../../src/core/due.ts";
import type { SendOutcome } from "../../src/core/outcome.ts";
import { aDelivery, anAttempt, CREATED_AT, testRules } from "../support/build.ts";
import { anEvent, anOutcome, anyEvents, aReported } from "./events.ts";

const rules = testRules();
const play = (start: Delivery, events: readonly DeliveryEvent[]) => events.reduce(advance, start);
const states = (d: Delivery) => ({ state: d.state, late: d.late, attempts: d.attempts.map((a) => a.state) });
const told = (d: Delivery) => d.attempts.map((a) => new Set(a.reports.map((r) => r.status)));

const mayArrive = (outcome: SendOutcome) => outcome.kind === "accepted" || outcome.kind === "uncertain";

/** Two attempts whose calls ended somehow; the plan may be used up where both messages may be out. */
const started = fc.tuple(anOutcome, anOutcome, fc.boolean()).map(([one, two, exhausted]) => {
  const delivery = aDelivery({ attempts: [anAttempt(), anAttempt({ number: 2, route: "second-sms" })] });
  const at = CREATED_AT;
  return play(delivery, [
    { kind: "outcome", attempt: 1, outcome: one, at },
    { kind: "outcome", attempt: 2, outcome: two, at },
    ...(exhausted && mayArrive(one) && mayArrive(two) ? [{ kind: "exhausted" as const, at }] : []),
  ]);
});

/** Reports with an order of their own and with some of them repeated. */
const twoOrders = fc.array(aReported, { maxLength: 8 }).chain((reports) =>
  fc.tuple(
    fc.constant(reports),
    fc.array(fc.nat({ max: Math.max(0, reports.length - 1) }), { maxLength: reports.length }).chain((again) =>
      fc.shuffledSubarray([...reports, ...again.flatMap((n) => reports[n] ?? [])], {
        minLength: reports.length + (reports.length === 0 ? 0 : again.length),
      }),
    ),
  ),
);

describe("events in any order", () => {
  test("the state's rank never falls, and an end is only ever replaced by a higher one", () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        let before = aDelivery();
        for (const event of events) {
          const after = advance(before, event);
          expect(stateRank(after.state)).toBeGreaterThanOrEqual(stateRank(before.state));
          if (hasEnded(before) && stateRank(after.state) === stateRank(before.state)) {
            expect(after.state).toBe(before.state);
          }
          before = after;
        }
      }),
    );
  });

  test("an end absorbs: nothing is planned, nothing is timed, and its instant stays", () => {
    fc.assert(
      fc.property(anyEvents, anyEvents, (before, after) => {
        const ended = play(aDelivery(), [...before, { kind: "closed", at: CREATED_AT + 360_000 }]);
        expect(hasEnded(ended)).toBe(true);
        const later = play(ended, after);
        expect(later.next).toBeUndefined();
        expect(later.attempts).toHaveLength(ended.attempts.length);
        expect(later.endedAt).toBe(ended.endedAt);
        expect(nextDue(later, rules)).toBeUndefined();
      }),
    );
  });

  test("there is a timer until there is an end, and after it only while a delivered code is sent again", () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const delivery = play(aDelivery(), events);
        const isOpen = !hasEnded(delivery) || isSentAgain(delivery);
        expect(nextDue(delivery, rules) !== undefined).toBe(isOpen);
        expect(delivery.endedAt !== undefined).toBe(hasEnded(delivery));
      }),
    );
  });

  test("an event repeated at once changes nothing more than it did", () => {
    fc.assert(
      fc.property(anyEvents, anEvent, (events, event) => {
        fc.pre(event.kind !== "lookedUp");
        const once = advance(play(aDelivery(), events), event);
        expect(states(advance(once, event))).toEqual(states(once));
      }),
    );
  });

  test("only what was asked for follows a delivered code, and nothing follows another end", () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        let before = aDelivery();
        for (const event of events) {
          const after = advance(before, event);
          if (hasEnded(before) && after.next && !before.next) {
            expect(before.state).toBe("delivered");
            expect(after.next.why === "resend" || isSentAgain(before)).toBe(true);
          }
          before = after;
        }
      }),
    );
  });

  test("a wish lives only while something can still be sent and nobody took a copy", () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const wished = play(aDelivery(), events);
        const newest = wished.attempts.at(-1);
        if (wished.askedAt === undefined) return;
        expect(hasEnded(wished)).toBe(wished.state === "delivered");
        if (!wished.next) expect(newest?.state).not.toMatch(/^(accepted|unconfirmed|delivered)$/);
        for (const at of [wished.exhaustedAt, wished.deadlineAt, wished.cancelledAt, wished.closedAt]) {
          expect(at).toBeUndefined();
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("attempts are numbered from 1 without gaps or doubles", () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const { attempts } = play(aDelivery(), events);
        expect(attempts.map((a) => a.number)).toEqual(attempts.map((_, index) => index + 1));
      }),
    );
  });

  test("a verified event ends as verified wherever it stands, a delivered report as delivered", () => {
    fc.assert(
      fc.property(started, anyEvents, anyEvents, (start, before, after) => {
        const at = CREATED_AT;
        const delivered: DeliveryEvent = {
          kind: "reported",
          attempt: 1,
          report: {
            status: "delivered",
            said: "DELIVERED",
            providerMessageId: undefined,
            reference: undefined,
            reportedAt: undefined,
          },
          at,
        };
        expect(play(start, [...before, { kind: "verified", at }, ...after]).state).toBe("verified");
        const end = play(start, [...before, delivered, ...after]).state;
        const verified = [...before, ...after].some((e) => e.kind === "verified");
        expect(end).toBe(verified ? "verified" : "delivered");
      }),
    );
  });
});

describe("the same reports", () => {
  test("end alike in any order and repetition", () => {
    fc.assert(
      fc.property(started, twoOrders, (start, [one, other]) => {
        expect(states(play(start, other))).toEqual({
          ...states(play(start, one)),
          late: play(start, other).late,
        });
        expect(told(play(start, other))).toEqual(told(play(start, one)));
      }),
    );
  });

  test("end alike when the delivery is closed after them, and when it was closed before", () => {
    fc.assert(
      fc.property(started, twoOrders, fc.boolean(), (start, [one, other], closedFirst) => {
        const close: DeliveryEvent = { kind: "closed", at: CREATED_AT + 360_000 };
        const end = (reports: readonly DeliveryEvent[]) =>
          play(start, closedFirst ? [close, ...reports] : [...reports, close]);
        const { late: _one, ...first } = states(end(one));
        const { late: _other, ...second } = states(end(other));
        expect(second).toEqual(first);
      }),
    );
  });
});
