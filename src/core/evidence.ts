import type { Attempt, Delivery } from "./delivery.ts";
import { isSettledOrPlanned, latestStartAt, type MoveContext } from "./next-move.ts";
import { type Evidence, firstLookShare } from "./quiet.ts";
import { isFree, untried } from "./route.ts";
import { patienceMs, type Rules } from "./rules.ts";

/** What deliveries show of their routes' reports, and what a quiet route means for them. */

export type RouteEvidence = { route: string; evidence: Evidence };

/** What a stored change makes known: reports that came in time, and attempts that were found late. */
export function evidenceOf(before: Delivery, after: Delivery, rules: Rules, now: number): RouteEvidence[] {
  return after.attempts.flatMap((attempt, index) => {
    const { route, acceptedAt } = attempt;
    const endsMs = patienceMs(rules.routes.get(route), after);
    if (endsMs === undefined || acceptedAt === undefined) return [];
    const kind = kindOf(before.attempts[index], attempt, now <= acceptedAt + endsMs);
    return kind === undefined ? [] : [{ route, evidence: { acceptedAt, kind } }];
  });
}

function kindOf(before: Attempt | undefined, after: Attempt, inTime: boolean): Evidence["kind"] | undefined {
  const wasLate = before?.lateAt !== undefined;
  if (after.lateAt !== undefined && !wasLate) return "late";
  if (!inTime || !isFinal(after) || (before && isFinal(before))) return undefined;
  return wasLate ? "late_heard" : "heard";
}

/** Undelivered too: what is asked here is whether the route tells, not what. */
function isFinal({ state }: Attempt): boolean {
  return state === "delivered" || state === "undelivered";
}

/**
 * Accepted, and old enough for its first look. That is at a third of the patience, 10 s of 30: healthy networks
 * report half of their messages within 2 to 6 s and 95 % within 8 to 15 s. A look at two thirds would find fewer
 * late that are only slow, and the whole detection 10 s later, in which a busy route takes a hundred more codes.
 */
export function isOverdue(delivery: Delivery, number: number, rules: Rules, now: number): boolean {
  const attempt = delivery.attempts.find((a) => a.number === number);
  const endsMs = attempt && patienceMs(rules.routes.get(attempt.route), delivery);
  if (attempt?.state !== "accepted" || attempt.acceptedAt === undefined || endsMs === undefined) return false;
  return now >= attempt.acceptedAt + Math.round(endsMs * firstLookShare(rules));
}

/**
 * Whether an overdue attempt is left before its patience ends: its route is quiet, another one is free. Only
 * a look decides this, never a timer: timers follow from the record alone.
 */
export function isLeftQuiet(delivery: Delivery, number: number, context: MoveContext): boolean {
  const { now, rules, conditions, reached } = context;
  const newest = delivery.attempts.at(-1);
  if (newest?.number !== number || newest.leftAt !== undefined || isSettledOrPlanned(delivery)) return false;
  if (!conditions?.(newest.route).quiet || now > latestStartAt(delivery, rules)) return false;
  if (!isOverdue(delivery, number, rules, now)) return false;
  return untried(delivery, rules).some((r) => isFree(conditions(r)) && reached?.(r) !== false);
}
