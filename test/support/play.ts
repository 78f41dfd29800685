import { advance, type DeliveryEvent } from "../../src/core/advance.ts";
import type { Attempt, Delivery } from "../../src/core/delivery.ts";
import type { SendOutcome } from "../../src/core/outcome.ts";
import type { ReportStatus } from "../../src/core/report.ts";
import { aDelivery, aPlan, aReport, CREATED_AT } from "./build.ts";

/** Instant of the events below unless they say another, epoch ms. */
export const AT = CREATED_AT + 5_000;

export const accepted: SendOutcome = { kind: "accepted", providerMessageId: "m1" };
export const refused: SendOutcome = {
  kind: "refused",
  reason: "recipient_unreachable",
  providerCode: "202",
};
export const unavailable: SendOutcome = { kind: "unavailable", reason: "connect" };
export const uncertain: SendOutcome = { kind: "uncertain", cause: "timeout" };

export function play(start: Delivery, ...events: DeliveryEvent[]): Delivery {
  return events.reduce(advance, start);
}

export function outcome(sent: SendOutcome, attempt = 1, at = AT): DeliveryEvent {
  return { kind: "outcome", attempt, outcome: sent, at };
}

export function reported(status: ReportStatus, attempt = 1, at = AT): DeliveryEvent {
  return { kind: "reported", attempt, report: aReport(status), at };
}

/** A delivery whose first call is under way. */
export function sending(): Delivery {
  return play(aDelivery(), { kind: "planned", next: aPlan(), at: AT }, { kind: "intended", at: AT });
}

export function first(delivery: Delivery): Attempt {
  return delivery.attempts[0]!;
}
