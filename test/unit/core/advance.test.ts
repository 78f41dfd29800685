import { describe, expect, test } from "vitest";
import { advance, type DeliveryEvent } from "../../../src/core/advance.ts";
import type { AttemptState, DeliveryState } from "../../../src/core/delivery.ts";
import type { SendOutcome } from "../../../src/core/outcome.ts";
import type { ReportStatus } from "../../../src/core/report.ts";
import { aDelivery, aPlan, aReport } from "../../support/build.ts";
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

describe("planning", () => {
  test("a planned attempt waits and leaves the delivery queued", () => {
    const planned = advance(aDelivery(), { kind: "planned", next: aPlan(), at: AT });
    expect(planned).toMatchObject({ state: "queued", next: aPlan(), attempts: [] });
  });

  test("a plan that moves a waiting attempt to another route replaces it", () => {
    const moved = aPlan({ route: "second-sms" });
    const planned = play(
      aDelivery(),
      { kind: "planned", next: aPlan(), at: AT },
      { kind: "planned", next: moved, at: AT },
    );
    expect(planned.next).toEqual(moved);
  });

  test("a plan repeated after its intent changes nothing", () => {
    const intent = sending();
    expect(advance(intent, { kind: "planned", next: aPlan(), at: AT })).toBe(intent);
  });

  test.each(["deadline", "cancelled"] as const)(
    "nothing is planned after %s, even while a message is out",
    (kind) => {
      const over = play(sending(), outcome(accepted), { kind, at: AT });
      const again = advance(over, { kind: "planned", next: aPlan({ number: 2 }), at: AT });
      expect(again).toEqual(over);
      expect(over.state).toBe("sent");
    },
  );

  test("the intent turns the plan into attempt 1", () => {
    const { notBefore: _, ...plan } = aPlan();
    expect(sending()).toEqual({
      ...aDelivery(),
      state: "sending",
      attempts: [{ ...plan, intentAt: AT, state: "sending", reports: [] }],
    });
  });

  test("an intent repeated has nothing to turn", () => {
    const once = sending();
    expect(advance(once, { kind: "intended", at: AT + 1 })).toBe(once);
  });

  test("a wait for the next attempt is still sending", () => {
    const waiting = play(sending(), outcome(unavailable), {
      kind: "planned",
      next: aPlan({ number: 2 }),
      at: AT,
    });
    expect(waiting.state).toBe("sending");
  });
});

describe("outcomes", () => {
  const rows: [SendOutcome, AttemptState, DeliveryState][] = [
    [accepted, "accepted", "sent"],
    [refused, "refused", "sending"],
    [unavailable, "unavailable", "sending"],
    [uncertain, "uncertain", "sending"],
  ];
  test.each(rows)("%j makes the attempt %s and the delivery %s", (sent, attempt, delivery) => {
    const after = advance(sending(), outcome(sent));
    expect([first(after).state, after.state]).toEqual([attempt, delivery]);
    expect(first(after).settledAt).toBe(AT);
  });

  test("what the provider said is kept", () => {
    const limited = outcome({ kind: "unavailable", reason: "throttled", retryLimit: 1, providerCode: "900" });
    expect(first(advance(sending(), outcome(refused)))).toMatchObject({
      detail: "recipient_unreachable",
      providerCode: "202",
    });
    expect(first(advance(sending(), limited))).toMatchObject({
      detail: "throttled",
      retryLimit: 1,
      providerCode: "900",
    });
    expect(first(advance(sending(), outcome(uncertain)))).toMatchObject({ detail: "timeout" });
  });

  test("an accept brings the provider's id, its price and its instant", () => {
    const cost = { micros: 75_000, currency: "EUR" };
    const after = advance(sending(), outcome({ kind: "accepted", providerMessageId: "m1", cost }));
    expect(first(after)).toMatchObject({ providerMessageId: "m1", cost, acceptedAt: AT, settledAt: AT });
    expect(first(after)).not.toHaveProperty("detail");
  });

  test("an accept without an id keeps the id that is known", () => {
    const after = play(
      sending(),
      outcome(accepted),
      outcome({ kind: "accepted", providerMessageId: undefined }),
    );
    expect(first(after).providerMessageId).toBe("m1");
  });

  test("a doubt that is resolved drops the limit of retries that came before it", () => {
    const limited = { kind: "unavailable", reason: "connect", retryLimit: 1 } as const;
    const after = play(sending(), outcome(limited), outcome(accepted));
    expect(first(after)).not.toHaveProperty("retryLimit");
  });

  test.each([refused, unavailable, uncertain])("an accept is not taken back by %j", (late) => {
    const known = advance(sending(), outcome(accepted));
    expect(advance(known, outcome(late, 1, AT + 1))).toEqual(known);
  });

  test.each([accepted, refused, unavailable])("a doubt is settled by %j", (settled) => {
    const after = play(sending(), outcome(uncertain), outcome(settled, 1, AT + 1));
    expect(first(after)).toMatchObject({ state: settled.kind, settledAt: AT + 1 });
  });

  test.each([accepted, refused, unavailable, uncertain])("%j told again later changes nothing", (sent) => {
    const once = advance(sending(), outcome(sent));
    expect(advance(once, outcome(sent, 1, AT + 1))).toEqual(once);
  });

  test("of a refusal and an outage the first stays", () => {
    expect(first(play(sending(), outcome(refused), outcome(unavailable))).state).toBe("refused");
    expect(first(play(sending(), outcome(unavailable), outcome(refused))).state).toBe("unavailable");
  });

  test("an outcome of an attempt that does not exist changes nothing", () => {
    expect(advance(sending(), outcome(accepted, 2))).toEqual(sending());
  });

  test("an accept that comes after its own report keeps id, price and both instants", () => {
    const after = play(sending(), reported("delivered"), outcome(accepted, 1, AT + 9));
    expect(after.state).toBe("delivered");
    expect(first(after)).toMatchObject({
      state: "delivered",
      providerMessageId: "m1",
      acceptedAt: AT,
      deliveredAt: AT,
      settledAt: AT + 9,
    });
  });
});

describe("reports", () => {
  const sent = () => advance(sending(), outcome(accepted));
  const rows: [ReportStatus, AttemptState, DeliveryState][] = [
    ["unknown", "accepted", "sent"],
    ["accepted", "accepted", "sent"],
    ["transmitted", "accepted", "sent"],
    ["buffered", "accepted", "sent"],
    ["undelivered", "undelivered", "sent"],
    ["delivered", "delivered", "delivered"],
  ];
  test.each(rows)("%s makes an accepted attempt %s and the delivery %s", (status, attempt, delivery) => {
    const after = advance(sent(), reported(status));
    expect([first(after).state, after.state]).toEqual([attempt, delivery]);
  });

  test.each(["accepted", "transmitted", "buffered"] as const)("%s proves a doubtful message", (status) => {
    const after = play(sending(), outcome(uncertain), reported(status));
    expect(first(after)).toMatchObject({ state: "accepted", acceptedAt: AT });
    expect(after.state).toBe("sent");
  });

  test("an unknown report proves nothing", () => {
    const after = advance(sending(), reported("unknown"));
    expect(first(after).state).toBe("sending");
    expect(first(after)).not.toHaveProperty("acceptedAt");
  });

  test("delivered overrules undelivered and is not overruled by it", () => {
    const one = play(sent(), reported("undelivered"), reported("delivered"));
    const other = play(sent(), reported("delivered"), reported("undelivered"));
    expect([first(one).state, first(other).state]).toEqual(["delivered", "delivered"]);
    expect([one.state, other.state]).toEqual(["delivered", "delivered"]);
  });

  test("the instants of the first proof stay", () => {
    const after = play(sent(), reported("delivered", 1, AT + 1), reported("transmitted", 1, AT + 2));
    expect(first(after)).toMatchObject({ acceptedAt: AT, deliveredAt: AT + 1 });
  });

  test("a report repeated is kept once, another word of the same rank as well", () => {
    const once = advance(sent(), reported("buffered"));
    const other = { ...aReport("buffered"), said: "QUEUED" };
    expect(advance(once, reported("buffered", 1, AT + 1))).toEqual(once);
    const two = advance(once, { kind: "reported", attempt: 1, report: other, at: AT });
    expect(first(two).reports.map((r) => r.said)).toEqual(["BUFFERED", "QUEUED"]);
  });

  test("a chatty provider fills 8 places; what tells more still finds one", () => {
    const chat = Array.from({ length: 12 }, (_, n): DeliveryEvent => {
      return { kind: "reported", attempt: 1, report: { ...aReport("transmitted"), said: `S${n}` }, at: AT };
    });
    const chatty = play(sent(), ...chat);
    expect(first(chatty).reports).toHaveLength(8);
    const told = play(chatty, reported("delivered"), reported("accepted"));
    expect(first(told).reports.map((r) => r.status)).toEqual([...Array(8).fill("transmitted"), "delivered"]);
  });

  test("a report's message id is kept", () => {
    const report = aReport("transmitted", { providerMessageId: "m9" });
    expect(
      first(advance(sending(), { kind: "reported", attempt: 1, report, at: AT })).providerMessageId,
    ).toBe("m9");
  });
});

describe("looking up and leaving", () => {
  test("only empty look-ups in a row count", () => {
    const look = (absent: boolean): DeliveryEvent => ({ kind: "lookedUp", attempt: 1, absent, at: AT });
    const doubt = advance(sending(), outcome(uncertain));
    expect(first(play(doubt, look(true), look(true)))).toMatchObject({ absentReads: 2, lookedUpAt: AT });
    expect(first(play(doubt, look(true), look(false)))).toMatchObject({ absentReads: 0 });
    expect(first(play(doubt, look(true), look(false), look(true)))).toMatchObject({ absentReads: 1 });
  });

  test("an attempt is left once", () => {
    const left = advance(sending(), { kind: "left", attempt: 1, why: "silence", at: AT });
    expect(first(left)).toMatchObject({ leftAt: AT, leftFor: "silence" });
    expect(advance(left, { kind: "left", attempt: 1, why: "doubt", at: AT + 1 })).toEqual(left);
  });
});
