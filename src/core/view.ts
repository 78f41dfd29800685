import type { Attempt, AttemptState, Delivery, DeliveryState, Purpose, SkippedRoute } from "./delivery.ts";
import type { Language } from "./language.ts";
import type { Cost } from "./outcome.ts";
import { type TimelineKind, timelineOf } from "./timeline.ts";
import { decimal } from "./money.ts";

/** A price as the provider named it, in decimal: 0.075 EUR. */
export type Price = { amount: string; currency: string };

export type AttemptView = {
  number: number;
  route: string;
  why: Attempt["why"];
  state: AttemptState;
  detail?: NonNullable<Attempt["detail"]>;
  providerCode?: string;
  providerMessageId?: string;
  plannedAt: string;
  startedAt: string;
  settledAt?: string;
  acceptedAt?: string;
  deliveredAt?: string;
  leftAt?: string;
  leftFor?: Attempt["why"];
  /** Time in the lane, and from the intent to the known outcome, in ms. */
  waitedMs: number;
  tookMs?: number;
  /** What is left to pay: nothing of a price that was given back. */
  cost?: Price;
  refund?: Price;
  refundedAt?: string;
  reports: { status: string; said: string; at: string }[];
};

/** Everything that may be shown of a delivery; instants are ISO 8601. Neither code nor full number. */
export type DeliveryView = {
  id: string;
  state: DeliveryState;
  purpose: Purpose;
  reference?: string;
  door?: string;
  recipient: string;
  createdAt: string;
  expiresAt: string;
  endedAt?: string;
  cancelledAt?: string;
  verifiedAt?: string;
  late?: true;
  plan: string[];
  skipped: SkippedRoute[];
  next?: { attempt: number; route: string; why: Attempt["why"]; notBefore: string };
  attempts: AttemptView[];
  /** Sum over all attempts, one entry for each currency. */
  cost: Price[];
  timeline: { at: string; kind: TimelineKind; attempt?: number; text: string }[];
};

/** Writes an instant (epoch ms) as text; passed in, for this folder has no clock or calendar. */
export type Instant = (at: number) => string;

/** The record as its owner may see it: an allow-list, so that a new field stays inside until it is named here. */
export function viewOf(delivery: Delivery, instant: Instant, language: Language = "en"): DeliveryView {
  const { next } = delivery;
  return {
    id: delivery.id,
    state: delivery.state,
    purpose: delivery.purpose,
    ...(delivery.reference === undefined ? {} : { reference: delivery.reference }),
    ...(delivery.door === undefined ? {} : { door: delivery.door }),
    recipient: delivery.recipientMasked,
    createdAt: instant(delivery.createdAt),
    expiresAt: instant(delivery.expiresAt),
    ...marks(delivery, instant),
    ...(delivery.late ? { late: true as const } : {}),
    plan: delivery.plan,
    skipped: delivery.skipped,
    ...(next
      ? {
          next: {
            attempt: next.number,
            route: next.route,
            why: next.why,
            notBefore: instant(next.notBefore),
          },
        }
      : {}),
    attempts: delivery.attempts.map((a) => attemptView(a, instant)),
    cost: totals(delivery.attempts),
    timeline: timelineOf(delivery, language).map((entry) => ({ ...entry, at: instant(entry.at) })),
  };
}

function marks({ endedAt, cancelledAt, verifiedAt }: Delivery, instant: Instant) {
  return {
    ...(endedAt === undefined ? {} : { endedAt: instant(endedAt) }),
    ...(cancelledAt === undefined ? {} : { cancelledAt: instant(cancelledAt) }),
    ...(verifiedAt === undefined ? {} : { verifiedAt: instant(verifiedAt) }),
  };
}

function attemptView(attempt: Attempt, instant: Instant): AttemptView {
  const { settledAt, intentAt, plannedAt } = attempt;
  return {
    number: attempt.number,
    route: attempt.route,
    why: attempt.why,
    state: attempt.state,
    ...whatWasSaid(attempt),
    plannedAt: instant(plannedAt),
    startedAt: instant(intentAt),
    ...laterInstants(attempt, instant),
    waitedMs: Math.max(0, intentAt - plannedAt),
    ...(settledAt === undefined ? {} : { tookMs: Math.max(0, settledAt - intentAt) }),
    ...money(attempt, instant),
    reports: attempt.reports.map((r) => ({ status: r.status, said: r.said, at: instant(r.at) })),
  };
}

/** A price that came back shows twice: as nothing to pay, and as what it was. */
function money({ cost, refundedAt }: Attempt, instant: Instant) {
  if (cost === undefined) return {};
  if (refundedAt === undefined) return { cost: price(cost) };
  const nothing = { micros: 0, currency: cost.currency };
  return { cost: price(nothing), refund: price(cost), refundedAt: instant(refundedAt) };
}

/** Codes and ids are the provider's; support quotes them when it asks there. */
function whatWasSaid({ detail, providerCode, providerMessageId }: Attempt) {
  return {
    ...(detail === undefined ? {} : { detail }),
    ...(providerCode === undefined ? {} : { providerCode }),
    ...(providerMessageId === undefined ? {} : { providerMessageId }),
  };
}

/** Absent rather than null where something has not happened: a null would look like a value that got lost. */
function laterInstants({ settledAt, acceptedAt, deliveredAt, leftAt, leftFor }: Attempt, instant: Instant) {
  return {
    ...(settledAt === undefined ? {} : { settledAt: instant(settledAt) }),
    ...(acceptedAt === undefined ? {} : { acceptedAt: instant(acceptedAt) }),
    ...(deliveredAt === undefined ? {} : { deliveredAt: instant(deliveredAt) }),
    ...(leftAt === undefined ? {} : { leftAt: instant(leftAt) }),
    ...(leftFor === undefined ? {} : { leftFor }),
  };
}

/** Attempts may be billed in different currencies, and a sum over those would be no amount of anything. */
export function totals(attempts: readonly Attempt[]): Price[] {
  const sums = new Map<string, number>();
  for (const { cost, refundedAt } of attempts) {
    const micros = refundedAt === undefined ? cost?.micros : 0;
    if (cost) sums.set(cost.currency, (sums.get(cost.currency) ?? 0) + (micros ?? 0));
  }
  return [...sums].map(([currency, micros]) => price({ micros, currency }));
}

function price({ micros, currency }: Cost): Price {
  return { amount: decimal(micros), currency };
}
