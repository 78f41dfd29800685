import { describe, expect, test } from "vitest";
import { advance, type DeliveryEvent } from "../../../src/core/advance.ts";
import {
  CLIENT_EVENTS,
  type ClientEvent,
  clientEvents,
  eventMessageId,
  eventPayload,
} from "../../../src/core/client-event.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import { eventSchema } from "../../../src/http/view-schema.ts";
import { aDelivery, anAttempt, aPlan, aReport, CREATED_AT, DELIVERY_ID } from "../../support/build.ts";

const AT = CREATED_AT + 1_000;
const instant = (at: number) => new Date(at).toISOString();
const accepted = {
  kind: "outcome",
  attempt: 1,
  outcome: { kind: "accepted", providerMessageId: "m1", cost: { micros: 75_000, currency: "EUR" } },
  at: AT,
} as const;

/** What is told while these things happen one after the other. */
function told(from: Delivery, ...happens: DeliveryEvent[]): string[] {
  let delivery = from;
  return happens.flatMap((one) => {
    const before = delivery;
    delivery = advance(before, one);
    return clientEvents(before, delivery, one.at).map(({ event }) => event);
  });
}

const queued = aDelivery({ next: aPlan() });
const intended: DeliveryEvent = { kind: "intended", at: AT };
const reported = (status: "delivered" | "undelivered", attempt = 1): DeliveryEvent => ({
  kind: "reported",
  attempt,
  report: aReport(status),
  at: AT,
});

describe("a client is told", () => {
  test("that its code was sent and delivered, once each, though reports repeat", () => {
    const events = told(queued, intended, accepted, reported("delivered"), reported("delivered"), accepted);
    expect(events).toEqual(["delivery.sent", "delivery.delivered"]);
  });

  test("of both when the report overtakes the answer", () => {
    expect(told(queued, intended, reported("delivered"), accepted)).toEqual([
      "delivery.sent",
      "delivery.delivered",
    ]);
  });

  test.each<[string, DeliveryEvent[]]>([
    ["delivery.expired", [{ kind: "deadline", at: AT }]],
    ["delivery.cancelled", [{ kind: "cancelled", at: AT }]],
    ["delivery.verified", [{ kind: "verified", at: AT }]],
  ])("%s of a code that was not sent", (event, happens) => {
    expect(told(queued, ...happens, ...happens)).toEqual([event]);
  });

  test("of failed, of unconfirmed, and of a late delivery after it", () => {
    const refusedOutcome = { kind: "refused", reason: "recipient_invalid" } as const;
    const refused: DeliveryEvent = { kind: "outcome", attempt: 1, outcome: refusedOutcome, at: AT };
    expect(told(queued, intended, refused, { kind: "exhausted", at: AT })).toEqual(["delivery.failed"]);
    expect(
      told(queued, intended, accepted, { kind: "closed", at: AT }, reported("delivered"), {
        kind: "verified",
        at: AT,
      }),
    ).toEqual(["delivery.sent", "delivery.unconfirmed", "delivery.delivered", "delivery.verified"]);
  });

  test("of an attempt that begins on another route, not of one that repeats the same", () => {
    const first = aDelivery({ state: "sent", attempts: [anAttempt({ state: "undelivered" })] });
    const withPlan = (route: string): Delivery => ({ ...first, next: aPlan({ number: 2, route }) });
    expect(told(withPlan("telegram-gateway"), intended)).toEqual(["delivery.failed_over"]);
    expect(told(withPlan("seven-sms"), intended)).toEqual([]);
    expect(told(queued, intended)).toEqual([]);
  });
});

describe("an event", () => {
  const anEvent = (changes: Partial<ClientEvent> = {}): ClientEvent => ({
    event: "delivery.delivered",
    clientId: "cloud",
    deliveryId: DELIVERY_ID,
    at: AT,
    ...changes,
  });

  test("has an id that is good for a job and a signature, one for each kind and attempt", () => {
    const ids = [
      ...CLIENT_EVENTS.map((event) => eventMessageId(anEvent({ event }))),
      eventMessageId(anEvent({ event: "delivery.failed_over", attempt: 2 })),
      eventMessageId(anEvent({ event: "delivery.failed_over", attempt: 3 })),
    ];
    for (const id of ids) expect(id).toMatch(/^evt_[A-Za-z0-9_-]+$/);
    expect(new Set(ids).size).toBe(ids.length);
    expect(eventMessageId(anEvent({ at: AT + 5 }))).toBe(eventMessageId(anEvent()));
  });

  test("says of the delivery what its documentation lists", () => {
    const sent = advance(advance({ ...queued, reference: "session-17" }, intended), accepted);
    const payload = eventPayload(anEvent(), advance(sent, reported("delivered")), instant);
    expect(eventSchema.parse(payload)).toEqual({
      type: "delivery.delivered",
      timestamp: instant(AT),
      data: {
        id: DELIVERY_ID,
        state: "delivered",
        purpose: "login",
        reference: "session-17",
        recipient: "+49*********67",
        route: "seven-sms",
        attempts: 1,
        cost: [{ amount: "0.075", currency: "EUR" }],
        createdAt: instant(CREATED_AT),
        expiresAt: instant(CREATED_AT + 300_000),
        sentAt: instant(AT),
        deliveredAt: instant(AT),
        endedAt: instant(AT),
      },
    });
  });

  test("of a failover says from where to where, and why", () => {
    const attempts = [
      anAttempt({ state: "undelivered" }),
      anAttempt({ number: 2, route: "telegram-gateway", why: "undelivered" }),
    ];
    const event = anEvent({ event: "delivery.failed_over", attempt: 2 });
    const { data } = eventSchema.parse(eventPayload(event, aDelivery({ attempts }), instant));
    expect(data.failedOver).toEqual({
      attempt: 2,
      from: "seven-sms",
      to: "telegram-gateway",
      why: "undelivered",
    });
    expect([data.route, data.attempts]).toEqual(["telegram-gateway", 2]);
  });
});
