import { left, lookedUp, statusRead } from "./attempt-marks.ts";
import {
  type Attempt,
  type AttemptState,
  type Delivery,
  type DeliveryState,
  hasEnded,
  isSentAgain,
  isLive,
  type PlannedAttempt,
  type PlanReason,
  stateRank,
  withoutNext,
} from "./delivery.ts";
import type { SendOutcome } from "./outcome.ts";
import type { Report } from "./report.ts";
import { withSeen } from "./seen-reports.ts";
import { settleWish } from "./wish.ts";

/** Everything that can happen to a delivery. `at` is epoch ms. */
export type DeliveryEvent =
  | { kind: "planned"; next: PlannedAttempt; at: number }
  /** Its wait was looked at and no other route is better. */
  | { kind: "stayed"; at: number }
  | { kind: "intended"; at: number }
  | { kind: "outcome"; attempt: number; outcome: SendOutcome; at: number }
  | { kind: "lookedUp"; attempt: number; absent: boolean; at: number }
  /** `late`: the record was read in time to know better, and has no final word either. */
  | { kind: "statusRead"; attempt: number; late: boolean; at: number }
  | { kind: "left"; attempt: number; why: PlanReason; at: number }
  | { kind: "reported"; attempt: number; report: Report; at: number }
  | { kind: "exhausted"; at: number }
  | { kind: "deadline"; at: number }
  | { kind: "closed"; at: number }
  | { kind: "cancelled"; at: number }
  | { kind: "verified"; at: number };

const ATTEMPT_RANK: Record<AttemptState, number> = {
  sending: 0,
  uncertain: 1,
  unavailable: 2,
  refused: 2,
  accepted: 3,
  unconfirmed: 4,
  undelivered: 5,
  delivered: 6,
};

/** What may still be learnt of a delivery that has ended; everything else comes too late. */
const AFTER_END: ReadonlySet<DeliveryEvent["kind"]> = new Set(["outcome", "reported", "verified"]);

/**
 * The delivery after an event. Pure and total: an event that no longer matters returns an equal
 * delivery, and the state's rank never falls, so late, repeated and reordered events are harmless.
 */
export function advance(delivery: Delivery, event: DeliveryEvent): Delivery {
  if (comesTooLate(delivery, event)) return delivery;
  return settleWish(settleState(applied(delivery, event), event.at));
}

function comesTooLate(delivery: Delivery, event: DeliveryEvent): boolean {
  if (!hasEnded(delivery) || AFTER_END.has(event.kind)) return false;
  const asked = event.kind === "planned" && event.next.why === "resend" && delivery.state === "delivered";
  return !asked && !isSentAgain(delivery);
}

function applied(delivery: Delivery, event: DeliveryEvent): Delivery {
  switch (event.kind) {
    case "planned":
      return planned(delivery, event.next, event.at);
    case "stayed":
      return delivery.next ? { ...delivery, next: { ...delivery.next, checkedAt: event.at } } : delivery;
    case "intended":
      return intended(delivery, event.at);
    case "outcome":
      return onAttempt(delivery, event.attempt, (a) => withOutcome(a, event.outcome, event.at));
    case "lookedUp":
      return onAttempt(delivery, event.attempt, (a) => lookedUp(a, event.absent, event.at));
    case "statusRead":
      return onAttempt(delivery, event.attempt, (a) => statusRead(a, event.late, event.at));
    case "left":
      return onAttempt(delivery, event.attempt, (a) => left(a, event.why, event.at));
    case "reported":
      return onAttempt(delivery, event.attempt, (a) => withReport(a, event.report, event.at));
    case "exhausted":
      return { ...delivery, exhaustedAt: delivery.exhaustedAt ?? event.at };
    case "deadline":
      return withoutNext({ ...delivery, deadlineAt: delivery.deadlineAt ?? event.at });
    case "closed": {
      // No final report can be waited for any more.
      const attempts = delivery.attempts.map(unconfirmed);
      return withoutNext({ ...delivery, attempts, closedAt: event.at });
    }
    case "cancelled":
      return withoutNext({ ...delivery, cancelledAt: delivery.cancelledAt ?? event.at });
    case "verified":
      return withoutNext({ ...delivery, verifiedAt: delivery.verifiedAt ?? event.at });
  }
}

// A plan that comes again after its intent would give two attempts one number, and one job id.
/** Whoever asks for his code again opens a plan that was through. */
function planned(delivery: Delivery, next: PlannedAttempt, at: number): Delivery {
  const { exhaustedAt: _, ...rest } = delivery;
  const over = rest.deadlineAt ?? rest.cancelledAt ?? rest.closedAt;
  if (over !== undefined || next.number !== rest.attempts.length + 1) return delivery;
  return next.why === "resend" ? { ...rest, next, askedAt: rest.askedAt ?? at } : { ...rest, next };
}

function intended(delivery: Delivery, at: number): Delivery {
  const { next, ...rest } = delivery;
  if (!next) return delivery;
  const { notBefore: _, checkedAt: _checked, ...planned } = next;
  return {
    ...rest,
    attempts: [...delivery.attempts, { ...planned, intentAt: at, state: "sending", reports: [] }],
  };
}

function unconfirmed(attempt: Attempt): Attempt {
  return attempt.state === "accepted" ? raised(attempt, "unconfirmed") : attempt;
}

function onAttempt(delivery: Delivery, number: number, change: (a: Attempt) => Attempt): Delivery {
  const changed = (a: Attempt) => (delivery.closedAt === undefined ? change(a) : unconfirmed(change(a)));
  return { ...delivery, attempts: delivery.attempts.map((a) => (a.number === number ? changed(a) : a)) };
}

function raised(attempt: Attempt, state: AttemptState): Attempt {
  return ATTEMPT_RANK[state] > ATTEMPT_RANK[attempt.state] ? { ...attempt, state } : attempt;
}

function withOutcome(attempt: Attempt, outcome: SendOutcome, at: number): Attempt {
  const known = outcome.kind === "accepted" ? withAcceptance(attempt, outcome, at) : attempt;
  const next = raised(known, outcome.kind);
  if (next === known) return known;
  const { retryLimit: _limit, ...rest } = next;
  return {
    ...rest,
    settledAt: at,
    ...(outcome.providerCode === undefined ? {} : { providerCode: outcome.providerCode }),
    ...outcomeDetail(outcome),
  };
}

/** The provider's id and price are worth keeping even when a report got here first. */
function withAcceptance(attempt: Attempt, outcome: SendOutcome & { kind: "accepted" }, at: number): Attempt {
  return {
    ...attempt,
    acceptedAt: attempt.acceptedAt ?? at,
    settledAt: attempt.settledAt ?? at,
    ...(outcome.providerMessageId === undefined ? {} : { providerMessageId: outcome.providerMessageId }),
    ...(outcome.cost === undefined ? {} : { cost: outcome.cost }),
  };
}

function outcomeDetail(outcome: SendOutcome): Partial<Attempt> {
  switch (outcome.kind) {
    case "accepted":
      return {};
    case "refused":
      return { detail: outcome.reason };
    case "uncertain":
      return { detail: outcome.cause };
    case "unavailable":
      return {
        detail: outcome.reason,
        ...(outcome.retryLimit === undefined ? {} : { retryLimit: outcome.retryLimit }),
      };
  }
}

function withReport(attempt: Attempt, report: Report, at: number): Attempt {
  const known = report.providerMessageId === undefined ? {} : { providerMessageId: report.providerMessageId };
  const next = raised(
    { ...attempt, ...known, reports: withSeen(attempt.reports, report, at) },
    attemptStateOf(report),
  );
  return {
    ...next,
    ...(report.status === "unknown" ? {} : { acceptedAt: attempt.acceptedAt ?? at }),
    ...(next.state === "delivered" ? { deliveredAt: attempt.deliveredAt ?? at } : {}),
    ...(report.isRefunded ? { refundedAt: attempt.refundedAt ?? at } : {}),
  };
}

/** Any report but an unknown one proves that the provider has the message. */
function attemptStateOf(report: Report): AttemptState {
  switch (report.status) {
    case "delivered":
    case "undelivered":
      return report.status;
    case "accepted":
    case "transmitted":
    case "buffered":
      return "accepted";
    case "unknown":
      return "sending";
  }
}

function settleState(delivery: Delivery, at: number): Delivery {
  const derived = derivedState(delivery);
  if (stateRank(derived) <= stateRank(delivery.state)) return delivery;
  const lifted = delivery.endedAt !== undefined && derived === "delivered" && delivery.state !== "delivered";
  const ended = stateRank(derived) >= stateRank("failed");
  return {
    ...(ended ? withoutNext(delivery) : delivery),
    state: derived,
    ...(ended ? { endedAt: delivery.endedAt ?? at } : {}),
    ...(lifted ? { late: true as const } : {}),
  };
}

function derivedState(delivery: Delivery): DeliveryState {
  if (delivery.verifiedAt !== undefined) return "verified";
  if (delivery.attempts.some((a) => a.state === "delivered")) return "delivered";
  if (!delivery.next && (delivery.closedAt !== undefined || !delivery.attempts.some(isLive))) {
    const end = endState(delivery);
    if (end) return end;
  }
  if (delivery.attempts.some((a) => ATTEMPT_RANK[a.state] >= ATTEMPT_RANK.accepted)) return "sent";
  return delivery.attempts.length > 0 ? "sending" : "queued";
}

function endState(delivery: Delivery): DeliveryState | undefined {
  const open = delivery.attempts.some((a) => isLive(a) || a.state === "unconfirmed");
  if (open) return "unconfirmed";
  if (delivery.cancelledAt !== undefined) return "cancelled";
  if (delivery.exhaustedAt !== undefined) return "failed";
  if (delivery.deadlineAt !== undefined || delivery.closedAt !== undefined) return "expired";
  return undefined;
}
