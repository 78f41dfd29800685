import fc from "fast-check";
import type { DeliveryEvent } from "../../src/core/advance.ts";
import type { PlanReason } from "../../src/core/delivery.ts";
import type { SendOutcome } from "../../src/core/outcome.ts";
import type { Report, ReportStatus } from "../../src/core/report.ts";
import { aPlan, CREATED_AT } from "../support/build.ts";

const at = fc.integer({ min: 0, max: 400_000 }).map((ms) => CREATED_AT + ms);
const attempt = fc.integer({ min: 1, max: 4 });
const messageId = fc.constantFrom(undefined, "m1");
const why = fc.constantFrom<PlanReason>("silence", "buffered", "doubt");

export const anOutcome: fc.Arbitrary<SendOutcome> = fc.oneof(
  fc.record({ kind: fc.constant("accepted" as const), providerMessageId: messageId }),
  fc.record({
    kind: fc.constant("unavailable" as const),
    reason: fc.constantFrom(
      "connect" as const,
      "throttled" as const,
      "provider_fault" as const,
      "absent" as const,
    ),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: undefined }),
    retryLimit: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant("refused" as const),
    reason: fc.constantFrom("recipient_invalid" as const, "already_sent" as const, "account_credit" as const),
  }),
  fc.record({
    kind: fc.constant("uncertain" as const),
    cause: fc.constantFrom("timeout" as const, "reset" as const),
  }),
);

export const anyReport: fc.Arbitrary<Report> = fc
  .constantFrom<ReportStatus[]>("accepted", "transmitted", "buffered", "undelivered", "delivered", "unknown")
  .map((status) => ({
    status,
    said: status,
    providerMessageId: undefined,
    reference: undefined,
    reportedAt: undefined,
  }));

export const aReported = fc.record({
  kind: fc.constant("reported" as const),
  attempt,
  report: anyReport,
  at,
});

const aMark = fc.record({
  kind: fc.constantFrom(
    "exhausted" as const,
    "deadline" as const,
    "closed" as const,
    "cancelled" as const,
    "verified" as const,
  ),
  at,
});

/** Any event at any time, possible or not. */
export const anEvent: fc.Arbitrary<DeliveryEvent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("planned" as const),
      next: fc
        .tuple(attempt, fc.constantFrom<PlanReason>("first", "resend"))
        .map(([number, why]) => aPlan({ number, why })),
      at,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("intended" as const), at }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("outcome" as const), attempt, outcome: anOutcome, at }),
  },
  { weight: 4, arbitrary: aReported },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("lookedUp" as const), attempt, absent: fc.boolean(), at }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("left" as const), attempt, why, at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("stayed" as const), at }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("statusRead" as const), attempt, late: fc.boolean(), at }),
  },
  { weight: 1, arbitrary: aMark },
);

export const anyEvents = fc.array(anEvent, { maxLength: 40 });
