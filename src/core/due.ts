import { type Attempt, type Delivery, hasEnded, isSentAgain } from "./delivery.ts";
import { latestStartAt } from "./next-move.ts";
import { patienceMs, type Rules } from "./rules.ts";

/** What must be looked at next if nothing else happens, and when (epoch ms). */
export type Due =
  | { kind: "doubt"; attempt: number; at: number }
  | { kind: "silence"; attempt: number; why: "silence" | "buffered"; at: number }
  /** The provider's own record is read before patience ends: its report may have got lost. */
  | { kind: "status"; attempt: number; at: number }
  /** An attempt has waited in its lane for longer than it should. */
  | { kind: "wait"; at: number }
  | { kind: "deadline"; at: number }
  | { kind: "close"; at: number };

/**
 * The earliest timer of a delivery; undefined once it has ended. It is a function of the record alone and
 * stored together with it, so a timer can neither be lost nor outlive its reason.
 */
export function nextDue(delivery: Delivery, rules: Rules): Due | undefined {
  if (hasEnded(delivery)) return isSentAgain(delivery) ? untilSentAgain(delivery, rules) : undefined;
  return earliest([
    ...delivery.attempts.map((a) => doubtOf(a, rules)),
    delivery.next && deadlineOf(delivery, rules),
    silenceOf(delivery, rules),
    statusOf(delivery, rules),
    waitOf(delivery, rules),
    { kind: "close", at: delivery.expiresAt + rules.closeAfterMs },
  ]);
}

/** A copy that was asked for must end in a known outcome or not at all: until then the code is kept. */
function untilSentAgain(delivery: Delivery, rules: Rules): Due | undefined {
  const doubt = earliest(delivery.attempts.map((a) => doubtOf(a, rules)));
  // An open call may outlast the deadline, and who looks it up then finds that it is over.
  if (delivery.next === undefined && doubt) return doubt;
  return earliest([doubt, deadlineOf(delivery, rules), waitOf(delivery, rules)]);
}

function deadlineOf(delivery: Delivery, rules: Rules): Due {
  return { kind: "deadline", at: latestStartAt(delivery, rules) + 1 };
}

function earliest(timers: readonly (Due | undefined)[]): Due | undefined {
  return timers.reduce((first, t) => (t && (!first || t.at < first.at) ? t : first), undefined);
}

/** A waiting attempt is looked at when its wait passes the route's limit, and again after each such time. */
function waitOf({ next, plan }: Delivery, rules: Rules): Due | undefined {
  const maxWaitMs = next && plan.length > 1 ? rules.routes.get(next.route)?.maxWaitMs : undefined;
  if (!next || maxWaitMs === undefined) return undefined;
  return { kind: "wait", at: Math.max(next.notBefore, next.checkedAt ?? 0) + maxWaitMs };
}

/**
 * An accepted message without a final word is looked up a few times before the route's patience ends, and then
 * ever more rarely, so that a lost report neither moves a delivered code nor leaves its end unknown.
 */
function statusOf(delivery: Delivery, rules: Rules): Due | undefined {
  const waiting = delivery.attempts.filter(
    (a) => a.state === "accepted" && a.providerMessageId !== undefined,
  );
  return earliest(waiting.map((a) => statusOfAttempt(delivery, a, rules)));
}

function statusOfAttempt(delivery: Delivery, attempt: Attempt, rules: Rules): Due | undefined {
  const route = rules.routes.get(attempt.route);
  const silenceMs = patienceMs(route, delivery);
  const { acceptedAt, statusReadAt, number } = attempt;
  if (!route?.canReadStatus || silenceMs === undefined || acceptedAt === undefined) return undefined;
  const isPush = route.reports === "push";
  const readAt = statusReadAt ?? acceptedAt;
  // A look that was late takes the place of those that it has passed.
  const looks = rules.looksOfPatience.map((share) => acceptedAt + Math.round(silenceMs * share));
  const look = looks.find((at) => at > readAt);
  const gapMs = Math.max((readAt - acceptedAt) / 2, isPush ? silenceMs : rules.pollFirstMs);
  const rareAt = readAt + Math.round(gapMs);
  const at = look === undefined ? rareAt : isPush ? look : Math.min(look, rareAt);
  return { kind: "status", attempt: number, at };
}

function doubtOf(attempt: Attempt, rules: Rules): Due | undefined {
  const at = doubtAt(attempt, rules);
  return at === undefined ? undefined : { kind: "doubt", attempt: attempt.number, at };
}

function doubtAt(attempt: Attempt, rules: Rules): number | undefined {
  if (attempt.leftAt !== undefined) return undefined;
  if (attempt.state === "sending") {
    return attempt.lookedUpAt === undefined
      ? attempt.intentAt + rules.intentGraceMs
      : attempt.lookedUpAt + rules.doubt.everyMs;
  }
  if (attempt.state !== "uncertain") return undefined;
  return attempt.lookedUpAt === undefined
    ? doubtSince(attempt, rules)
    : attempt.lookedUpAt + rules.doubt.everyMs;
}

function doubtSince(attempt: Attempt, rules: Rules): number {
  return Math.max(attempt.intentAt + rules.doubt.firstMs, attempt.settledAt ?? 0);
}

/** The instant from which an unreadable doubt is left for the next route. */
export function doubtEndsAt(attempt: Attempt, rules: Rules): number {
  const sinceAt =
    attempt.state === "sending" ? attempt.intentAt + rules.intentGraceMs : doubtSince(attempt, rules);
  return sinceAt + rules.doubt.forMs;
}

/** Only the newest attempt is timed, and not once the plan has nothing left to move on to. */
function silenceOf(delivery: Delivery, rules: Rules): Due | undefined {
  const newest = delivery.attempts.at(-1);
  if (isOver(delivery) || newest?.state !== "accepted" || newest.leftAt !== undefined) return undefined;
  const silenceMs = patienceMs(rules.routes.get(newest.route), delivery);
  if (silenceMs === undefined || newest.acceptedAt === undefined) return undefined;
  return {
    kind: "silence",
    attempt: newest.number,
    ...endOfPatience(newest, newest.acceptedAt + silenceMs, rules),
  };
}

/** A phone that is out of reach is not waited for as long as one of which nothing is known. */
function endOfPatience(attempt: Attempt, silentAt: number, rules: Rules) {
  const buffered = attempt.reports.find((r) => r.status === "buffered");
  const softAt = buffered ? buffered.at + rules.bufferedMs : silentAt;
  return softAt < silentAt
    ? ({ why: "buffered", at: softAt } as const)
    : ({ why: "silence", at: silentAt } as const);
}

function isOver(delivery: Delivery): boolean {
  const { next, exhaustedAt, deadlineAt, cancelledAt } = delivery;
  return [next, exhaustedAt, deadlineAt, cancelledAt].some((v) => v !== undefined);
}
