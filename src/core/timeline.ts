import type { Attempt, Delivery, PlanReason } from "./delivery.ts";
import { decimal } from "./money.ts";
import { orderWords } from "./order-words.ts";
import { detailWords, planWords, skipWords, untakenWords } from "./words.ts";

export type TimelineKind =
  | "accepted"
  | "route_left_out"
  | "ordered"
  | "planned"
  | "calling"
  | "taken"
  | "not_taken"
  | "looked_up"
  | "report"
  | "refunded"
  | "moved_on"
  | "would_move"
  | "exhausted"
  | "deadline"
  | "cancelled"
  | "verified"
  | "closed"
  | "ended";

/** One thing that happened, for people. `at` is epoch ms. */
export type TimelineEntry = { at: number; kind: TimelineKind; attempt?: number; text: string };

/**
 * What happened to a delivery, oldest first, one sentence each. A pure function of the record, so that
 * the console, the API and the terminal tell the same story. Holds neither code nor number.
 */
export function timelineOf(delivery: Delivery): TimelineEntry[] {
  return [
    { at: delivery.createdAt, kind: "accepted" as const, text: acceptedText(delivery) },
    ...delivery.skipped.map((s) => ({
      at: delivery.createdAt,
      kind: "route_left_out" as const,
      text: `${s.route} is left out: ${skipWords(s.why)}.`,
    })),
    ...ordered(delivery),
    ...delivery.attempts.flatMap(attemptEntries),
    ...waiting(delivery),
    ...wouldMoves(delivery),
    ...ends(delivery),
  ].toSorted((a, b) => a.at - b.at);
}

/** The plan is told at once, so that a failover later on surprises nobody. */
function acceptedText({ purpose, plan, observed }: Delivery): string {
  if (observed !== undefined) {
    const [own = "none", ...others] = plan;
    const rest = others.length === 0 ? "" : ` Failover would go on to ${others.join(", then ")}.`;
    return `Accepted (${purpose}), observed only: it stays on ${own}.${rest}`;
  }
  return `Accepted (${purpose}). Routes in order: ${plan.join(", then ") || "none"}.`;
}

function ordered({ order, createdAt }: Delivery): TimelineEntry[] {
  return order === undefined ? [] : [{ at: createdAt, kind: "ordered", text: orderWords(order) }];
}

/** A planned attempt has no entry among the attempts yet; without this line a full lane would look like nothing. */
function waiting({ next }: Delivery): TimelineEntry[] {
  if (!next) return [];
  const text = `Attempt ${next.number} waits in the lane of ${next.route}: ${planWords(next.why)}.`;
  return [{ at: next.plannedAt, kind: "planned", attempt: next.number, text }];
}

/** What was not done, so that an operator can judge failover before he turns it on. */
function wouldMoves({ observed = [] }: Delivery): TimelineEntry[] {
  return observed.map(({ at, from, to, why }) => ({
    at,
    kind: "would_move",
    text: `Failover would have left ${from} for ${to} now: ${planWords(why)}. It is only observed.`,
  }));
}

/** Plan, call, answer, look-up, reports and leaving of one attempt, in the order in which they usually happen. */
function attemptEntries(attempt: Attempt): TimelineEntry[] {
  const { number, route, why, plannedAt, intentAt } = attempt;
  const waitedMs = Math.max(0, intentAt - plannedAt);
  const entries: Omit<TimelineEntry, "attempt">[] = [
    { at: plannedAt, kind: "planned", text: `Attempt ${number} goes to ${route}: ${planWords(why)}.` },
    { at: intentAt, kind: "calling", text: callText(attempt, waitedMs) },
    ...callEnd(attempt),
    ...lookUp(attempt),
    ...attempt.reports.map((r) => ({
      at: r.at,
      kind: "report" as const,
      text: `${route} reported ${r.said} (${r.status}).`,
    })),
    ...refund(attempt),
    ...movedOn(attempt),
  ];
  return entries.map((entry) => ({ ...entry, attempt: number }));
}

/** Only once the end is known it can be told from a call that was made. */
function callText({ route, detail }: Attempt, waitedMs: number): string {
  const verb = detail === "stopped" ? "Ready to call" : "Calling";
  return `${verb} ${route} after ${waitedMs} ms in its lane.`;
}

/**
 * A doubtful call that a look-up or a report settled later is told as taken: what counts is what is known now,
 * the doubt itself shows in the look-up's own line.
 */
function callEnd(attempt: Attempt): Omit<TimelineEntry, "attempt">[] {
  const { route, acceptedAt, settledAt, cost } = attempt;
  if (acceptedAt !== undefined) {
    const price = cost === undefined ? "" : ` for ${decimal(cost.micros)} ${cost.currency}`;
    return [{ at: acceptedAt, kind: "taken", text: `${route} took the message${price}.` }];
  }
  if (settledAt === undefined) return [];
  if (attempt.detail === "stopped") {
    const text = `No call to ${route} was made: ${detailWords("stopped")}.`;
    return [{ at: settledAt, kind: "not_taken", text }];
  }
  const code = attempt.providerCode === undefined ? "" : ` (its code ${attempt.providerCode})`;
  const text = `${route} ${untakenWords(attempt.state)}: ${detailWords(attempt.detail)}${code}.`;
  return [{ at: settledAt, kind: "not_taken", text }];
}

function lookUp({ route, lookedUpAt, absentReads }: Attempt): Omit<TimelineEntry, "attempt">[] {
  if (lookedUpAt === undefined) return [];
  const text =
    absentReads === undefined || absentReads === 0
      ? `Looked the message up at ${route}.`
      : `Looked the message up at ${route}: not there (${absentReads} times in a row).`;
  return [{ at: lookedUpAt, kind: "looked_up", text }];
}

function refund({ route, refundedAt, cost }: Attempt): Omit<TimelineEntry, "attempt">[] {
  if (refundedAt === undefined) return [];
  const what = cost === undefined ? "the price" : `${decimal(cost.micros)} ${cost.currency}`;
  return [{ at: refundedAt, kind: "refunded", text: `${route} gave ${what} back.` }];
}

const WHY_LEFT: Partial<Record<PlanReason, string>> = {
  silence: "it stayed silent",
  quiet: "it stays silent about this message and about many others",
  buffered: "it finds the phone out of reach",
};

/** A refusal or an outage moves on by itself; only what may still arrive is worth a line of its own. */
function movedOn({ route, leftAt, leftFor }: Attempt): Omit<TimelineEntry, "attempt">[] {
  if (leftAt === undefined) return [];
  const why = WHY_LEFT[leftFor ?? "doubt"] ?? "its outcome stays unknown";
  return [
    {
      at: leftAt,
      kind: "moved_on",
      text: `Not waiting for ${route} any longer: ${why}. It may still arrive.`,
    },
  ];
}

/** Marks of the delivery as a whole. Their order at the same instant is cause before effect. */
function ends(delivery: Delivery): TimelineEntry[] {
  const marks: [number | undefined, TimelineEntry["kind"], string][] = [
    [delivery.exhaustedAt, "exhausted", "No route is left to try."],
    [delivery.deadlineAt, "deadline", "Too little of the code's life is left to send it again."],
    [delivery.cancelledAt, "cancelled", "Cancelled by the caller: nothing more is sent."],
    [delivery.verifiedAt, "verified", "The caller told us that the code was entered: nothing more is sent."],
    [delivery.closedAt, "closed", "No report is waited for any longer."],
    [delivery.endedAt, "ended", endText(delivery)],
  ];
  return marks.flatMap(([at, kind, text]) => (at === undefined ? [] : [{ at, kind, text }]));
}

/** `endedAt` stays the first end, while the state may have been lifted since. */
function endText({ state, late, verifiedAt, endedAt }: Delivery): string {
  if (verifiedAt !== undefined && endedAt !== undefined && verifiedAt > endedAt) {
    return "Ended; the code was entered later.";
  }
  return late ? `Ended; a late report lifted it to ${state}.` : `Ended as ${state}.`;
}
