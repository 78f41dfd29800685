import { describe, expect, test } from "vitest";
import { timelineOf } from "../../../src/core/timeline.ts";
import { viewOf } from "../../../src/core/view.ts";
import { deliverySchema } from "../../../src/http/view-schema.ts";
import { aDelivery, anAttempt, aPlan, CREATED_AT } from "../../support/build.ts";

const AT = CREATED_AT;
const iso = (at: number) => new Date(at).toISOString();

const story = aDelivery({
  state: "delivered",
  endedAt: AT + 9_000,
  skipped: [{ route: "telegram-gateway", why: "consent" }],
  plan: ["seven-sms", "second-sms"],
  attempts: [
    anAttempt({ state: "refused", detail: "account_credit", providerCode: "500", settledAt: AT + 100 }),
    anAttempt({
      number: 2,
      route: "second-sms",
      why: "refused",
      state: "delivered",
      plannedAt: AT + 100,
      intentAt: AT + 150,
      settledAt: AT + 400,
      acceptedAt: AT + 400,
      deliveredAt: AT + 9_000,
      providerMessageId: "77",
      cost: { micros: 75_000, currency: "EUR" },
      reports: [
        { status: "transmitted", said: "TRANSMITTED", at: AT + 800 },
        { status: "delivered", said: "DELIVERED", at: AT + 9_000 },
      ],
    }),
  ],
});

describe("the timeline", () => {
  test("tells a failover from intake to the report, oldest first", () => {
    expect(timelineOf(story).map((e) => [e.at - AT, e.text])).toEqual([
      [0, "Accepted (login). Routes in order: seven-sms, then second-sms."],
      [0, "telegram-gateway is left out: no consent is recorded for its channel."],
      [0, "Attempt 1 goes to seven-sms: first try."],
      [0, "Calling seven-sms after 0 ms in its lane."],
      [100, "seven-sms refused the message: the provider account has no credit (its code 500)."],
      [100, "Attempt 2 goes to second-sms: the route before refused."],
      [150, "Calling second-sms after 50 ms in its lane."],
      [400, "second-sms took the message for 0.075 EUR."],
      [800, "second-sms reported TRANSMITTED (transmitted)."],
      [9_000, "second-sms reported DELIVERED (delivered)."],
      [9_000, "Ended as delivered."],
    ]);
  });

  test("tells of silence, doubt, look-ups and ends", () => {
    const delivery = aDelivery({
      state: "unconfirmed",
      attempts: [
        anAttempt({
          state: "uncertain",
          detail: "timeout",
          settledAt: AT + 8_000,
          lookedUpAt: AT + 11_000,
          absentReads: 1,
          leftAt: AT + 18_000,
          leftFor: "doubt",
        }),
        anAttempt({
          number: 2,
          state: "accepted",
          acceptedAt: AT + 20_000,
          leftAt: AT + 50_000,
          leftFor: "silence",
        }),
      ],
      exhaustedAt: AT + 50_000,
      deadlineAt: AT + 270_000,
      closedAt: AT + 360_000,
      endedAt: AT + 360_000,
    });
    const texts = timelineOf(delivery).map((e) => e.text);
    expect(texts).toContain("seven-sms may or may not have taken the message: no answer in time.");
    expect(texts).toContain("Looked the message up at seven-sms: not there (1 times in a row).");
    expect(texts).toContain(
      "Not waiting for seven-sms any longer: its outcome stays unknown. It may still arrive.",
    );
    expect(texts).toContain("Not waiting for seven-sms any longer: it stayed silent. It may still arrive.");
    expect(texts.slice(-4)).toEqual([
      "No route is left to try.",
      "Too little of the code's life is left to send it again.",
      "No report is waited for any longer.",
      "Ended as unconfirmed.",
    ]);
  });

  test("says what waits, what was cancelled and what came late", () => {
    const waiting = timelineOf(
      aDelivery({ next: aPlan({ number: 2, why: "silence", route: "second-sms" }) }),
    );
    expect(waiting.at(-1)?.text).toMatch(/^Attempt 2 waits in the lane of second-sms: .*stayed silent\.$/);
    const late = aDelivery({ state: "delivered", late: true, endedAt: AT, cancelledAt: AT, verifiedAt: AT });
    expect(timelineOf(late).map((e) => e.kind)).toEqual(["accepted", "cancelled", "verified", "ended"]);
    expect(timelineOf(late).at(-1)?.text).toBe("Ended; a late report lifted it to delivered.");
  });
});

describe("the view", () => {
  test("has the documented shape, with times, waits and the sum of costs", () => {
    const view = viewOf(story, iso);
    expect(deliverySchema.parse(view)).toEqual(view);
    expect(view.attempts[1]).toMatchObject({
      waitedMs: 50,
      tookMs: 250,
      cost: { amount: "0.075", currency: "EUR" },
      startedAt: iso(AT + 150),
    });
    expect(view.cost).toEqual([{ amount: "0.075", currency: "EUR" }]);
  });

  test("says when the caller cancelled it or the code was entered", () => {
    const view = viewOf(aDelivery({ cancelledAt: AT + 1, verifiedAt: AT + 2 }), iso);
    expect(deliverySchema.parse(view)).toMatchObject({
      cancelledAt: iso(AT + 1),
      verifiedAt: iso(AT + 2),
    });
    expect(viewOf(aDelivery(), iso)).not.toHaveProperty("cancelledAt");
  });

  test("adds up one sum for each currency, without rounding", () => {
    const paid = (number: number, micros: number, currency: string) =>
      anAttempt({ number, cost: { micros, currency } });
    const attempts = [paid(1, 100_000, "EUR"), paid(2, 200_000, "EUR"), paid(3, 10_001, "USD")];
    expect(viewOf(aDelivery({ attempts }), iso).cost).toEqual([
      { amount: "0.30", currency: "EUR" },
      { amount: "0.010001", currency: "USD" },
    ]);
  });

  test("counts a price that was given back as nothing to pay, and says so", () => {
    const cost = { micros: 10_000, currency: "USD" };
    const back = anAttempt({ state: "undelivered", acceptedAt: AT, cost, refundedAt: AT + 60_000 });
    const kept = anAttempt({ number: 2, state: "accepted", acceptedAt: AT + 70_000, cost });
    const view = viewOf(aDelivery({ attempts: [back, kept] }), iso);
    expect(deliverySchema.parse(view)).toEqual(view);
    expect(view.attempts[0]).toMatchObject({
      cost: { amount: "0.00", currency: "USD" },
      refund: { amount: "0.01", currency: "USD" },
      refundedAt: iso(AT + 60_000),
    });
    expect(view.attempts[1]).not.toHaveProperty("refund");
    expect(view.cost).toEqual([{ amount: "0.01", currency: "USD" }]);
    expect(view.timeline.map(({ text }) => text)).toContain("seven-sms gave 0.01 USD back.");
    const unpriced = aDelivery({ attempts: [anAttempt({ refundedAt: AT })] });
    expect(viewOf(unpriced, iso).timeline.map(({ text }) => text)).toContain(
      "seven-sms gave the price back.",
    );
    expect(viewOf(unpriced, iso).cost).toEqual([]);
  });

  test("shows nothing that is not named in it", () => {
    const odd = { ...story, code: "482913", recipient: "+4917100000000" };
    expect(JSON.stringify(viewOf(odd, iso))).not.toMatch(/482913|17100000000/);
  });
});
