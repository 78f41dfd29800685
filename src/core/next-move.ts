import { advance } from "./advance.ts";
import {
  type Attempt,
  attemptReference,
  type Delivery,
  hasEnded,
  isPaid,
  type PlannedAttempt,
  type PlanReason,
} from "./delivery.ts";
import type { SendOutcome } from "./outcome.ts";
import { retryDelayMs, startWithin } from "./retry.ts";
import { mayTake, nextRoute } from "./route.ts";
import type { Rules } from "./rules.ts";

/** What has to be done now: nothing, one more attempt, or the end of trying. */
export type Move =
  | { kind: "wait" }
  | { kind: "attempt"; next: PlannedAttempt }
  | { kind: "exhausted" }
  | { kind: "deadline" };

export type MoveContext = {
  now: number;
  rules: Rules;
  /** Uniform in [0, 1). */
  random: () => number;
  /** Wait that the provider asked for with its last answer. */
  retryAfterMs?: number | undefined;
};

/**
 * Decides from the newest attempt alone: earlier ones have been left already, so their late outcomes
 * and reports move nothing.
 */
export function nextMove(delivery: Delivery, context: MoveContext): Move {
  if (isSettledOrPlanned(delivery)) return { kind: "wait" };
  const newest = delivery.attempts.at(-1);
  if (!newest) return onNextRoute(delivery, "first", context);
  if (newest.state === "unavailable") return afterUnavailable(delivery, newest, context);
  const why = reasonToLeave(newest);
  return why ? onNextRoute(delivery, why, context) : { kind: "wait" };
}

/** The delivery with its next move written into it; the caller carries the move out once this is stored. */
export function proceed(delivery: Delivery, context: MoveContext): Delivery {
  const move = nextMove(delivery, context);
  const at = context.now;
  switch (move.kind) {
    case "wait":
      return delivery;
    case "attempt":
      return advance(delivery, { kind: "planned", next: move.next, at });
    case "exhausted":
    case "deadline":
      return advance(delivery, { kind: move.kind, at });
  }
}

function isSettledOrPlanned(delivery: Delivery): boolean {
  const over = delivery.exhaustedAt !== undefined || delivery.deadlineAt !== undefined;
  return over || hasEnded(delivery) || delivery.next !== undefined || delivery.cancelledAt !== undefined;
}

function reasonToLeave(attempt: Attempt): PlanReason | undefined {
  if (attempt.state === "refused" || attempt.state === "undelivered") return attempt.state;
  return attempt.leftFor;
}

function afterUnavailable(delivery: Delivery, newest: Attempt, context: MoveContext): Move {
  const { now, rules } = context;
  const delayMs = sameRouteDelayMs(delivery, newest, context);
  const startAt =
    delayMs === undefined ? undefined : startWithin(now, delayMs, latestStartAt(delivery, rules));
  if (startAt === undefined) return insteadOfRetry(delivery, delayMs !== undefined, context);
  const isRepeat = delivery.attempts.some((a) => a.reference === newest.reference && a.detail === "absent");
  return planned(delivery, {
    route: newest.route,
    why: newest.detail === "absent" ? "absent" : "retry",
    // A message that never arrived keeps its id in every later try: should it have arrived after all, the
    // provider sees a repeat.
    reference: isRepeat ? newest.reference : undefined,
    plannedAt: now,
    notBefore: startAt,
  });
}

/** A retry that only the deadline forbids leaves the delivery expired, not failed. */
function insteadOfRetry(delivery: Delivery, tooLate: boolean, context: MoveContext): Move {
  const move = onNextRoute(delivery, "unavailable", context);
  return move.kind === "exhausted" && tooLate ? { kind: "deadline" } : move;
}

/** undefined when this route has had its tries, its time budget is spent or the provider asks for too long a wait. */
function sameRouteDelayMs(delivery: Delivery, newest: Attempt, context: MoveContext): number | undefined {
  const { now, rules, random, retryAfterMs } = context;
  if (!mayTake(delivery, newest.route, rules)) return undefined;
  if (newest.detail === "absent") return 0;
  const tries = delivery.attempts.filter((a) => a.route === newest.route);
  const unpaid = tries.filter((a) => !isPaid(a)).length;
  if (unpaid > (newest.retryLimit ?? rules.retry.capsMs.length)) return undefined;
  const delayMs = retryDelayMs(unpaid, rules.retry.capsMs, retryAfterMs, random);
  const spentMs = now - (tries[0]?.intentAt ?? now);
  return delayMs !== undefined && spentMs + delayMs <= rules.retry.budgetMs ? delayMs : undefined;
}

function onNextRoute(delivery: Delivery, why: PlanReason, { now, rules }: MoveContext): Move {
  const route = nextRoute(delivery, rules);
  if (route === undefined) return { kind: "exhausted" };
  if (now > latestStartAt(delivery, rules)) return { kind: "deadline" };
  return planned(delivery, { route, why, reference: undefined, plannedAt: now, notBefore: now });
}

type Plan = Omit<PlannedAttempt, "number" | "reference"> & { reference: string | undefined };

function planned(delivery: Delivery, plan: Plan): Move {
  const number = delivery.attempts.length + 1;
  const reference = plan.reference ?? attemptReference(delivery.id, number);
  const { route, why, plannedAt, notBefore } = plan;
  return { kind: "attempt", next: { number, route, why, reference, plannedAt, notBefore } };
}

/** The last instant at which a send may start. */
export function latestStartAt(delivery: Delivery, rules: Rules): number {
  return delivery.expiresAt - rules.minLeftMs;
}

/**
 * A provider that says "already sent" speaks of our own earlier message where one is in doubt on the same
 * route; then this is its acceptance. Source: seven, return code 402 (reload lock of 180 s).
 */
export function bindAlreadySent(delivery: Delivery, number: number, outcome: SendOutcome): SendOutcome {
  if (outcome.kind !== "refused" || outcome.reason !== "already_sent") return outcome;
  const route = delivery.attempts.find((a) => a.number === number)?.route;
  const doubtful = delivery.attempts.some(
    (a) => a.route === route && a.number < number && (a.state === "uncertain" || a.detail === "absent"),
  );
  return doubtful
    ? { kind: "accepted", providerMessageId: undefined, providerCode: outcome.providerCode }
    : outcome;
}
