import type { Cost, RefusalReason, UnavailableReason, UncertainCause } from "./outcome.ts";
import type { ObservedMove } from "./observe.ts";
import type { ReportStatus } from "./report.ts";
import type { OrderFact } from "./route-order.ts";

/** The shapes of a delivery and its attempts. How they change stands in advance.ts. */

export const DELIVERY_STATES = [
  "queued",
  "sending",
  "sent",
  "failed",
  "expired",
  "unconfirmed",
  "cancelled",
  "delivered",
  "verified",
] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const ATTEMPT_STATES = [
  "sending",
  "uncertain",
  "unavailable",
  "refused",
  "accepted",
  "unconfirmed",
  "undelivered",
  "delivered",
] as const;

export type AttemptState = (typeof ATTEMPT_STATES)[number];

export type Purpose = "login" | "enrolment" | "test";

/** Why an attempt was planned: the first, the same route again, or the next route. */
export type PlanReason =
  | "first"
  | "retry"
  | "absent"
  | "refused"
  | "unavailable"
  | "undelivered"
  | "buffered"
  | "silence"
  | "doubt"
  | "busy"
  | "circuit"
  | "quiet"
  | "probe"
  | "again"
  | "resend";

/** An attempt that waits in its route's lane. Its job is `<delivery id>-<number>`. */
export type PlannedAttempt = {
  number: number;
  route: string;
  why: PlanReason;
  /** Our id towards the provider; a repeat of a message that never arrived keeps it. */
  reference: string;
  plannedAt: number;
  /** Epoch ms before which it must not start. */
  notBefore: number;
  /** When its wait was last looked at without finding a better route. */
  checkedAt?: number;
};

export type SeenReport = { status: ReportStatus; said: string; at: number };

export type Attempt = {
  number: number;
  route: string;
  why: PlanReason;
  reference: string;
  plannedAt: number;
  /** When the intent to call was written; the call may have begun at any time after. */
  intentAt: number;
  state: AttemptState;
  /** When the outcome of the call was known. */
  settledAt?: number;
  detail?: RefusalReason | UnavailableReason | UncertainCause;
  providerCode?: string;
  retryLimit?: number;
  providerMessageId?: string;
  /** What the provider asked for it. */
  cost?: Cost;
  /** When we learnt that the provider gave the price back. */
  refundedAt?: number;
  acceptedAt?: number;
  /** The last look-up of a doubtful outcome, and how many in a row found nothing. */
  lookedUpAt?: number;
  /** The last time the provider's own record of it was read. */
  statusReadAt?: number;
  /** When a final report was first found missing. */
  lateAt?: number;
  absentReads?: number;
  deliveredAt?: number;
  /** When this attempt was given up for the next route, although its message may still arrive. */
  leftAt?: number;
  leftFor?: PlanReason;
  reports: SeenReport[];
};

/** A route that the plan left out for this delivery, and why. */
export type SkippedRoute = { route: string; why: "content" | "consent" | "unknown" };

export type Delivery = {
  id: string;
  clientId: string;
  purpose: Purpose;
  reference?: string;
  /** Front end that it came through; absent for the native API. */
  door?: string;
  /** For people: country code and last two digits only. */
  recipientMasked: string;
  /** Digits of the country's calling code; older records have none. */
  callingCode?: string;
  createdAt: number;
  /** After this instant the code is dead. */
  expiresAt: number;
  plan: string[];
  /** Expected EUR micros of one message on each route of the plan; only where the client has a spend cap. */
  prices?: number[];
  skipped: SkippedRoute[];
  /** Why the first of the plan is first; absent where nothing was measured for it. */
  order?: OrderFact;
  state: DeliveryState;
  endedAt?: number;
  next?: PlannedAttempt;
  /** Since when its recipient waits for a copy that he asked for; gone once a provider took it or none will. */
  askedAt?: number;
  attempts: Attempt[];
  exhaustedAt?: number;
  deadlineAt?: number;
  closedAt?: number;
  cancelledAt?: number;
  verifiedAt?: number;
  /** Only where it stays on one route: the moves that failover would have made. */
  observed?: readonly ObservedMove[];
  /** Delivered after an end had been recorded. */
  late?: true;
};

const RANK: Record<DeliveryState, number> = {
  queued: 0,
  sending: 1,
  sent: 2,
  failed: 3,
  expired: 3,
  unconfirmed: 3,
  cancelled: 3,
  delivered: 4,
  verified: 5,
};

/** Higher ranks replace lower ones, never the other way round. */
export function stateRank(state: DeliveryState): number {
  return RANK[state];
}

/** Nothing is sent, timed or looked up any more once a delivery has ended. */
export function hasEnded(delivery: Delivery): boolean {
  return RANK[delivery.state] >= RANK.failed;
}

/** A code that was reported delivered and is sent once more, because its recipient asked for it. */
export function isSentAgain({ state, askedAt }: Delivery): boolean {
  return state === "delivered" && askedAt !== undefined;
}

export function withoutNext(delivery: Delivery): Delivery {
  const { next: _, ...rest } = delivery;
  return rest;
}

/** True while this attempt's message may still reach the person. */
export function isLive(attempt: Attempt): boolean {
  return attempt.state === "sending" || attempt.state === "uncertain" || attempt.state === "accepted";
}

/**
 * Attempts that the provider took, or may have taken, and so may bill. One that was looked up and not found
 * counts too: a journal that lags would else let one route be paid for without end.
 */
export function isPaid(attempt: Attempt): boolean {
  if (attempt.state === "unavailable") return attempt.detail === "absent";
  return attempt.state !== "refused";
}

export function attemptReference(deliveryId: string, number: number): string {
  return `${deliveryId}-${number}`;
}

const REFERENCE = /^([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})-([1-9]\d{0,2})$/;

/** The delivery and attempt that one of our references names; undefined for anything else. */
export function parseReference(reference: string): { deliveryId: string; attempt: number } | undefined {
  const match = REFERENCE.exec(reference);
  if (!match?.[1] || !match[2]) return undefined;
  return { deliveryId: match[1], attempt: Number(match[2]) };
}
