import { expect, test } from "vitest";
import { advance, type DeliveryEvent } from "../../../src/core/advance.ts";
import { aDelivery, anAttempt, aReport, CREATED_AT } from "../../support/build.ts";

test("a refund is kept with its first instant, also where it comes before the price", () => {
  const cost = { micros: 10_000, currency: "USD" };
  const refund = (at: number): DeliveryEvent => {
    return { kind: "reported", attempt: 1, report: aReport("undelivered", { isRefunded: true }), at };
  };
  const outcome = { kind: "accepted", providerMessageId: "m1", cost } as const;
  const priced: DeliveryEvent = { kind: "outcome", attempt: 1, outcome, at: CREATED_AT };
  const first = refund(CREATED_AT + 1);
  for (const events of [
    [priced, first, refund(CREATED_AT + 2)],
    [first, priced],
  ]) {
    const [attempt] = events.reduce(advance, aDelivery({ attempts: [anAttempt()] })).attempts;
    expect(attempt).toMatchObject({ cost, refundedAt: CREATED_AT + 1, state: "undelivered" });
  }
});
