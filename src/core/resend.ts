import { type Attempt, type Delivery, hasEnded, type PlannedAttempt } from "./delivery.ts";
import { doubtEndsAt } from "./due.ts";
import { latestStartAt, type MoveContext, plannedOn } from "./next-move.ts";
import { ownRoute } from "./observe.ts";
import { nextRoute, onceMore } from "./route.ts";
import type { Rules } from "./rules.ts";

/** What becomes of a wish to have the code sent once more. */
export type Resend =
  | { kind: "attempt"; next: PlannedAttempt }
  /** A copy is on its way or was taken a moment ago. */
  | { kind: "underway" }
  /** Why nothing can be sent: the code is dead or its delivery over, the caps are used up, or it is too late. */
  | { kind: "over" | "used_up" | "too_late" };

/** The next untried route now; the same one only when nothing else is left and its own lock is over. */
export function resend(asked: Delivery, context: MoveContext): Resend {
  const delivery = ownRoute(asked);
  const { now, rules, conditions, reached } = context;
  if (isOver(delivery)) return { kind: "over" };
  const newest = delivery.attempts.at(-1);
  if (!newest || delivery.next !== undefined || isOpen(delivery, newest, context))
    return { kind: "underway" };
  const isLate = delivery.deadlineAt !== undefined || now > latestStartAt(delivery, rules);
  if (isLate) return { kind: "too_late" };
  const route = nextRoute(delivery, rules, conditions, reached) ?? onceMore(delivery, now, rules);
  if (route === undefined) return { kind: "used_up" };
  return { kind: "attempt", next: plannedOn(delivery, route, "resend", now) };
}

/** The same text again is such a wish only after the first copy had time to arrive. */
export function isAskedAgain(delivery: Delivery, now: number, rules: Rules): boolean {
  const newest = delivery.attempts.at(-1);
  if (!newest || delivery.next !== undefined) return false;
  const { afterAcceptMs, afterDeliveredMs } = rules.reload;
  const deliveredAt = latest(delivery.attempts.map((a) => a.deliveredAt));
  // A later copy was asked for and has its own time to arrive.
  const triedAt = newest.acceptedAt ?? newest.intentAt;
  if (deliveredAt !== undefined)
    return now >= Math.max(deliveredAt + afterDeliveredMs, triedAt + afterAcceptMs);
  const acceptedAt = latest(delivery.attempts.map((a) => a.acceptedAt));
  return acceptedAt !== undefined && now >= acceptedAt + afterAcceptMs;
}

function isOver(delivery: Delivery): boolean {
  return delivery.cancelledAt !== undefined || (hasEnded(delivery) && delivery.state !== "delivered");
}

/**
 * Not known yet whether the provider has it; a few seconds later it is. After the end nobody looks any more: a
 * call whose worker died while another copy arrived would stay open for ever.
 */
function isOpen(delivery: Delivery, attempt: Attempt, { now, rules }: MoveContext): boolean {
  if (attempt.state === "sending") return !hasEnded(delivery) || now < doubtEndsAt(attempt, rules);
  return attempt.state === "uncertain" && attempt.leftAt === undefined;
}

function latest(instants: readonly (number | undefined)[]): number | undefined {
  return instants.reduce(
    (max, at) => (at !== undefined && (max === undefined || at > max) ? at : max),
    undefined,
  );
}
