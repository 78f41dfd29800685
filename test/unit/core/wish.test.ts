import { describe, expect, test } from "vitest";
import { advance, type DeliveryEvent } from "../../../src/core/advance.ts";
import { aDelivery, anAttempt, aPlan } from "../../support/build.ts";
import { AT, accepted, outcome, play, refused, reported, uncertain } from "../../support/play.ts";

const asked = (number: number, at: number): DeliveryEvent => ({
  kind: "planned",
  next: aPlan({ number, why: "resend", route: number === 2 ? "telegram-gateway" : "second-sms" }),
  at,
});
const intended = (at: number): DeliveryEvent => ({ kind: "intended", at });
const had = anAttempt({ state: "accepted", acceptedAt: AT });
const sent = aDelivery({ state: "sent", attempts: [had] });
const delivered = play(sent, reported("delivered", 1, AT + 1));

describe.each([
  ["sent", sent],
  ["delivered", delivered],
] as const)("a wish after the code was %s", (state, before) => {
  const wished = play(before, asked(2, AT + 70), intended(AT + 71));

  test("lives from its plan through refusals and doubts, and keeps its first instant", () => {
    expect(advance(before, asked(2, AT + 70))).toMatchObject({ state, askedAt: AT + 70 });
    for (const said of [refused, uncertain]) {
      const after = play(wished, outcome(said, 2, AT + 72));
      expect(after).toMatchObject({ state, askedAt: AT + 70 });
      expect(play(after, asked(3, AT + 80))).toMatchObject({ state, askedAt: AT + 70, next: { number: 3 } });
    }
  });

  test.each<[string, DeliveryEvent]>([
    ["a provider took a copy", outcome(accepted, 2, AT + 72)],
    ["a report proves that it did", reported("buffered", 2, AT + 72)],
    ["no route is left", { kind: "exhausted", at: AT + 72 }],
    ["it is too late", { kind: "deadline", at: AT + 72 }],
    ["it is cancelled", { kind: "cancelled", at: AT + 72 }],
    ["the code was entered", { kind: "verified", at: AT + 72 }],
    ["a copy was reported delivered", reported("delivered", 2, AT + 72)],
  ])("is over once %s", (_, event) => {
    expect(advance(wished, event)).not.toHaveProperty("askedAt");
  });

  test("is not over when a report says that the copy did not arrive before its accept is known", () => {
    const missed = play(wished, reported("undelivered", 2, AT + 72));
    expect(missed).toMatchObject({ state, askedAt: AT + 70 });
    expect(play(missed, outcome(accepted, 2, AT + 73))).toMatchObject({ askedAt: AT + 70 });
  });
});

test("a copy that was asked for before it was reported delivered is dropped with its wish", () => {
  const other = play(delivered, asked(2, AT + 70), intended(AT + 71), outcome(uncertain, 2, AT + 72));
  const waiting = play(other, asked(3, AT + 80));
  expect(waiting.next).toBeDefined();
  const arrived = play(waiting, reported("delivered", 2, AT + 90));
  expect(arrived.state).toBe("delivered");
  expect(arrived).not.toHaveProperty("askedAt");
  expect(arrived).not.toHaveProperty("next");
});
