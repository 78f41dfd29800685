import { describe, expect, test } from "vitest";
import { logged } from "../../../src/core/redact.ts";
import { aDelivery, anAttempt, CREATED_AT, DELIVERY_ID, EXPIRES_AT } from "../../support/build.ts";

const report = { status: "transmitted", said: "TRANSMITTED", at: CREATED_AT } as const;

describe("the log-safe view", () => {
  test("holds id, state, counts and times, and nothing else", () => {
    const attempts = [
      anAttempt({ state: "refused", reports: [report] }),
      anAttempt({ number: 2, state: "accepted", route: "second-sms", reports: [report, report] }),
    ];
    expect(
      logged(aDelivery({ state: "sent", attempts, reference: "+491711234567" }), CREATED_AT + 7_000),
    ).toEqual({
      deliveryId: DELIVERY_ID,
      state: "sent",
      attempts: 2,
      paidAttempts: 1,
      ageMs: 7_000,
      late: false,
    });
  });

  test("the age stops at the end", () => {
    const ended = aDelivery({ state: "delivered", endedAt: CREATED_AT + 4_000, late: true });
    expect(logged(ended, EXPIRES_AT + 1)).toMatchObject({ ageMs: 4_000, late: true });
  });
});
