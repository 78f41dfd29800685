import { advance } from "./advance.ts";
import {
  type Attempt,
  attemptReference,
  type Delivery,
  hasEnded,
  isLive,
  isSentAgain,
  isPaid,
  type PlannedAttempt,
  type PlanReason,
} from "./delivery.ts";
import { noted, ownRoute } from "./observe.ts";
import type { SendOutcome } from "./outcome.ts";
import { retryDelayMs, startWithin } from "./retry.ts";
import {
  type Conditions,
  mayTake,
  nextRoute,
  onceMore,
  preferred,
  type Reached,
  untried,
  worthAnotherRound,
} from "./route.ts";
import { type Rules, routeRules } from "./rules.ts";

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
  /** What is known of the routes; every route is free when absent. */
  conditions?: Conditions | undefined;
  /** What is remembered of the number; nothing when absent. */
  reached?: Reached | undefined;
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
export function proceed(before: Delivery, context: MoveContext): Delivery {
  const at = context.now;
  const delivery = before.observed === undefined ? before : withWish(before, nextMove(before, context), at);
  const move = nextMove(ownRoute(delivery), context);
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

function withWish(delivery: Delivery, wish: Move, at: number): Delivery {
  return noted(delivery, wish.kind === "attempt" ? wish.next : undefined, at);
}

/** Nothing is to be decided: it is over, or the next attempt is planned. */
export function isSettledOrPlanned(delivery: Delivery): boolean {
  const { exhaustedAt, deadlineAt, cancelledAt, next } = delivery;
  const ended = hasEnded(delivery) && !isSentAgain(delivery);
  return ended || [exhaustedAt, deadlineAt, cancelledAt, next].some((v) => v !== undefined);
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
  return planned(delivery, {
    route: newest.route,
    why: newest.detail === "absent" ? "absent" : "retry",
    reference: repeatedReference(delivery, newest),
    plannedAt: now,
    notBefore: startAt,
  });
}

/**
 * A message that never arrived keeps its id in every later try: should it have arrived after all, the provider
 * sees a repeat.
 */
function repeatedReference({ attempts }: Delivery, last: Attempt | undefined): string | undefined {
  const isRepeat = attempts.some((a) => a.reference === last?.reference && a.detail === "absent");
  return isRepeat ? last?.reference : undefined;
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
  if (newest.why === "again") return undefined;
  if (newest.detail === "absent") return repeatDelayMs(newest);
  // A copy that was asked for has a budget of its own.
  const asked = delivery.attempts.findLastIndex((a) => a.why === "resend");
  const tries = delivery.attempts.slice(Math.max(0, asked)).filter((a) => a.route === newest.route);
  const unpaid = tries.filter((a) => !isPaid(a)).length;
  if (unpaid > (newest.retryLimit ?? rules.retry.capsMs.length)) return undefined;
  const delayMs = retryDelayMs(unpaid, rules.retry.capsMs, retryAfterMs, random);
  const spentMs = now - (tries[0]?.intentAt ?? now);
  return delayMs !== undefined && spentMs + delayMs <= rules.retry.budgetMs ? delayMs : undefined;
}

/** Repeated once, and at once: what is not found twice is left to the next route. */
function repeatDelayMs({ why }: Attempt): number | undefined {
  return why === "absent" ? undefined : 0;
}

/** A copy that was asked for may go once more over a route that had one before, as resend() would have it. */
function onNextRoute(delivery: Delivery, why: PlanReason, context: MoveContext): Move {
  const { now, rules, conditions, reached } = context;
  const fresh = nextRoute(delivery, rules, conditions, reached);
  const route = fresh ?? (delivery.askedAt === undefined ? undefined : onceMore(delivery, now, rules));
  if (route === undefined) return anotherRound(delivery, context);
  if (now > latestStartAt(delivery, rules)) return { kind: "deadline" };
  return { kind: "attempt", next: plannedOn(delivery, route, fresh === undefined ? "resend" : why, now) };
}

/** The plan is through. What failed only for the moment is tried again, ever more slowly, until the deadline. */
function anotherRound(delivery: Delivery, context: MoveContext): Move {
  const { now, rules, random, conditions } = context;
  const route = preferred(worthAnotherRound(delivery, rules), conditions);
  if (route === undefined || delivery.attempts.some(isLive)) return { kind: "exhausted" };
  const rounds = delivery.attempts.filter((a) => a.why === "again").length;
  const capMs = Math.min(rules.retry.roundMs * 2 ** rounds, rules.retry.roundCapMs);
  const delayMs = Math.round(capMs * (0.5 + random() / 2));
  const notBefore = startWithin(now, delayMs, latestStartAt(delivery, rules));
  if (notBefore === undefined) return { kind: "deadline" };
  const last = delivery.attempts.findLast((a) => a.route === route);
  const reference = repeatedReference(delivery, last);
  return planned(delivery, { route, why: "again", reference, plannedAt: now, notBefore });
}

/**
 * A better lane for an attempt that still waits: an untried route that can be called now and has a short line.
 * Who is moved to a route that may not reach him comes back to the end of the line, hence `minReach`.
 * A quiet route is better only than one that is open. What was asked for stays a resend, for that times it.
 * @returns wait when it is best where it is
 */
export function betterLane(
  delivery: Delivery,
  why: "busy" | "circuit" | "quiet",
  context: MoveContext & { minReach: number },
): Move {
  const { now, rules, conditions, reached, minReach } = context;
  const { next } = delivery;
  if (!next || now > latestStartAt(delivery, rules)) return { kind: "wait" };
  const short = untried(delivery, rules).filter((candidate) => {
    const { open, waitMs } = conditions?.(candidate) ?? { open: false, waitMs: 0 };
    const { maxWaitMs, reach } = routeRules(rules, candidate);
    const mayReach = reach >= minReach && reached?.(candidate) !== false;
    return candidate !== next.route && !open && waitMs <= maxWaitMs && mayReach;
  });
  const free = short.find((candidate) => !conditions?.(candidate).quiet);
  const route = free ?? (why === "circuit" ? short[0] : undefined);
  return route === undefined
    ? { kind: "wait" }
    : { kind: "attempt", next: plannedOn(delivery, route, next.why === "resend" ? "resend" : why, now) };
}

type Plan = Omit<PlannedAttempt, "number" | "reference"> & { reference: string | undefined };

function planned(delivery: Delivery, plan: Plan): Move {
  return { kind: "attempt", next: numbered(delivery, plan) };
}

function numbered(delivery: Delivery, plan: Plan): PlannedAttempt {
  const number = delivery.attempts.length + 1;
  const reference = plan.reference ?? attemptReference(delivery.id, number);
  const { route, why, plannedAt, notBefore } = plan;
  return { number, route, why, reference, plannedAt, notBefore };
}

/** An attempt on this route, to start at once. */
export function plannedOn(delivery: Delivery, route: string, why: PlanReason, now: number): PlannedAttempt {
  return numbered(delivery, { route, why, reference: undefined, plannedAt: now, notBefore: now });
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
