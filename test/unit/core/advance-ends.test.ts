import { describe, expect, test } from "vitest";
import { advance, type DeliveryEvent } from "../../../src/core/advance.ts";
import type { Delivery, DeliveryState } from "../../../src/core/delivery.ts";
import type { SendOutcome } from "../../../src/core/outcome.ts";
import { aDelivery, anAttempt, aPlan } from "../../support/build.ts";
import {
  AT,
  accepted,
  first,
  outcome,
  play,
  refused,
  reported,
  sending,
  unavailable,
  uncertain,
} from "../../support/play.ts";

describe("ends", () => {
  const after = (sent: SendOutcome, ...events: DeliveryEvent[]) => play(sending(), outcome(sent), ...events);
  const at = AT + 1;
  const rows: [string, () => Delivery, DeliveryState][] = [
    ["an exhausted plan with nothing out", () => after(refused, { kind: "exhausted", at }), "failed"],
    ["an exhausted plan with a message out", () => after(accepted, { kind: "exhausted", at }), "sent"],
    ["an exhausted plan with a doubt", () => after(uncertain, { kind: "exhausted", at }), "sending"],
    ["the deadline with nothing out", () => after(unavailable, { kind: "deadline", at }), "expired"],
    ["the deadline with a message out", () => after(accepted, { kind: "deadline", at }), "sent"],
    [
      "the deadline before the first intent",
      () => advance(aDelivery({ next: aPlan() }), { kind: "deadline", at }),
      "expired",
    ],
    [
      "a cancel before the first intent",
      () => advance(aDelivery({ next: aPlan() }), { kind: "cancelled", at }),
      "cancelled",
    ],
    ["a cancel with a message out", () => after(accepted, { kind: "cancelled", at }), "sent"],
    [
      "a cancelled doubt that proves refused",
      () => after(uncertain, { kind: "cancelled", at }, outcome(refused)),
      "cancelled",
    ],
    ["the close of a taken message", () => after(accepted, { kind: "closed", at }), "unconfirmed"],
    ["the close of a doubt", () => after(uncertain, { kind: "closed", at }), "unconfirmed"],
    ["the close of a call without an answer", () => play(sending(), { kind: "closed", at }), "unconfirmed"],
    [
      "the close of a cancelled message that is out",
      () => after(accepted, { kind: "cancelled", at }, { kind: "closed", at }),
      "unconfirmed",
    ],
    ["the close with nothing out", () => after(refused, { kind: "closed", at }), "expired"],
    [
      "the close while the next attempt waits",
      () => after(refused, { kind: "planned", next: aPlan({ number: 2 }), at }, { kind: "closed", at }),
      "expired",
    ],
    [
      "a last message that proves undelivered",
      () => after(accepted, { kind: "exhausted", at }, reported("undelivered")),
      "failed",
    ],
    [
      "a refusal while the next attempt waits",
      () => after(refused, { kind: "planned", next: aPlan({ number: 2 }), at }, { kind: "exhausted", at }),
      "sending",
    ],
    ["a code that was entered", () => after(uncertain, { kind: "verified", at }), "verified"],
  ];
  test.each(rows)("%s: %s", (_, make, state) => {
    const end = make();
    expect(end.state).toBe(state);
    expect(end.endedAt !== undefined).toBe(!["queued", "sending", "sent"].includes(state));
  });

  test("an end takes the waiting attempt with it", () => {
    const waiting = after(accepted, { kind: "planned", next: aPlan({ number: 2 }), at });
    expect(waiting.next).toBeDefined();
    for (const event of [reported("delivered"), { kind: "closed", at }, { kind: "verified", at }] as const) {
      expect(advance(waiting, event)).not.toHaveProperty("next");
    }
  });

  test("deadline and cancel take the waiting attempt, although a message is still out", () => {
    const waiting = after(accepted, { kind: "planned", next: aPlan({ number: 2 }), at });
    expect(advance(waiting, { kind: "deadline", at })).toMatchObject({ state: "sent", deadlineAt: at });
    expect(advance(waiting, { kind: "deadline", at })).not.toHaveProperty("next");
    expect(advance(waiting, { kind: "cancelled", at })).toMatchObject({ state: "sent", cancelledAt: at });
    expect(advance(waiting, { kind: "cancelled", at })).not.toHaveProperty("next");
  });

  test("marks keep the instant at which they were first set", () => {
    const out = after(accepted);
    for (const kind of ["exhausted", "deadline", "cancelled"] as const) {
      const marked = advance(out, { kind, at });
      expect(advance(marked, { kind, at: at + 5 })).toEqual(marked);
    }
    const verified = advance(out, { kind: "verified", at });
    expect(advance(verified, { kind: "verified", at: at + 5 })).toEqual(verified);
  });

  test("a late delivered report lifts a failed delivery and starts nothing", () => {
    const failed = after(accepted, { kind: "exhausted", at }, reported("undelivered"));
    const lifted = advance(failed, reported("delivered", 1, at + 60_000));
    expect(lifted).toMatchObject({ state: "delivered", late: true, endedAt: failed.endedAt });
    expect(lifted).not.toHaveProperty("next");
  });

  test("a delivered report in time is not late, nor is an end that the caller verifies", () => {
    const delivered = after(accepted, reported("delivered"));
    expect(delivered).not.toHaveProperty("late");
    expect(advance(delivered, reported("delivered", 1, at + 1))).not.toHaveProperty("late");
    const verified = advance(after(refused, { kind: "exhausted", at }), { kind: "verified", at });
    expect(verified.state).toBe("verified");
    expect(verified).not.toHaveProperty("late");
  });

  test("a verified delivery stays verified when the report arrives", () => {
    const verified = after(accepted, { kind: "verified", at });
    expect(advance(verified, reported("delivered")).state).toBe("verified");
  });

  test("a taken message is unconfirmed after the close, whichever comes first", () => {
    const closedLast = after(uncertain, reported("transmitted"), { kind: "closed", at });
    const closedFirst = after(uncertain, { kind: "closed", at }, reported("transmitted"));
    expect([first(closedLast).state, first(closedFirst).state]).toEqual(["unconfirmed", "unconfirmed"]);
    expect([closedLast.state, closedFirst.state]).toEqual(["unconfirmed", "unconfirmed"]);
  });

  test("a failure after the close is told by the attempt; the delivery stays unconfirmed", () => {
    const closed = after(accepted, { kind: "closed", at }, reported("undelivered"));
    expect([first(closed).state, closed.state]).toEqual(["undelivered", "unconfirmed"]);
  });
});

describe("after an end", () => {
  const ended = (["failed", "expired", "unconfirmed", "cancelled", "delivered", "verified"] as const).map(
    (state) => aDelivery({ state, endedAt: AT, attempts: [anAttempt({ state: "refused" })] }),
  );
  const at = AT + 1;
  const late: DeliveryEvent[] = [
    { kind: "planned", next: aPlan({ number: 2 }), at },
    { kind: "intended", at },
    { kind: "exhausted", at },
    { kind: "deadline", at },
    { kind: "closed", at },
    { kind: "cancelled", at },
    { kind: "left", attempt: 1, why: "silence", at },
    { kind: "lookedUp", attempt: 1, absent: true, at },
  ];
  test.each(ended)("$state: whatever would start or time something returns the same delivery", (delivery) => {
    for (const event of late) expect(advance(delivery, event)).toBe(delivery);
  });
});
