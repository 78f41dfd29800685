import type { Attempt, Delivery, PlanReason } from "./delivery.ts";
import type { Language } from "./language.ts";
import { decimal } from "./money.ts";
import { orderWords } from "./order-words.ts";
import type { Cost } from "./outcome.ts";
import { TIMELINE_TEXTS, type TimelineTexts } from "./timeline-texts.ts";
import { detailWords, planWords, skipWords, untakenWords, wordsIn } from "./words.ts";

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

/** The sentences, and the language that the words in them are of. */
type Told = { language: Language; texts: TimelineTexts };

/**
 * What happened to a delivery, oldest first, one sentence each. A pure function of the record, so that
 * the console, the API and the terminal tell the same story. Holds neither code nor number.
 */
export function timelineOf(delivery: Delivery, language: Language = "en"): TimelineEntry[] {
  const told = { language, texts: TIMELINE_TEXTS[language] };
  return [
    { at: delivery.createdAt, kind: "accepted" as const, text: acceptedText(told, delivery) },
    ...delivery.skipped.map((s) => ({
      at: delivery.createdAt,
      kind: "route_left_out" as const,
      text: told.texts.leftOut(s.route, skipWords(s.why, language)),
    })),
    ...ordered(told, delivery),
    ...delivery.attempts.flatMap((attempt) => attemptEntries(told, attempt)),
    ...waiting(told, delivery),
    ...wouldMoves(told, delivery),
    ...ends(told, delivery),
  ].toSorted((a, b) => a.at - b.at);
}

/** The plan is told at once, so that a failover later on surprises nobody. */
function acceptedText({ language, texts }: Told, { purpose, plan, observed }: Delivery): string {
  const said = wordsIn(language).purposes[purpose];
  if (observed === undefined) return texts.accepted(said, plan.join(texts.next) || texts.none);
  const [own = texts.none, ...others] = plan;
  return texts.observed(said, own, others.join(texts.next));
}

function ordered({ language }: Told, { order, createdAt }: Delivery): TimelineEntry[] {
  return order === undefined ? [] : [{ at: createdAt, kind: "ordered", text: orderWords(order, language) }];
}

/** A planned attempt has no entry among the attempts yet; without this line a full lane would look like nothing. */
function waiting({ language, texts }: Told, { next }: Delivery): TimelineEntry[] {
  if (!next) return [];
  const text = texts.waits(next.number, next.route, planWords(next.why, language));
  return [{ at: next.plannedAt, kind: "planned", attempt: next.number, text }];
}

/** What was not done, so that an operator can judge failover before he turns it on. */
function wouldMoves({ language, texts }: Told, { observed = [] }: Delivery): TimelineEntry[] {
  return observed.map(({ at, from, to, why }) => ({
    at,
    kind: "would_move",
    text: texts.wouldMove(from, to, planWords(why, language)),
  }));
}

type AttemptEntry = Omit<TimelineEntry, "attempt">;

/** Plan, call, answer, look-up, reports and leaving of one attempt, in the order in which they usually happen. */
function attemptEntries(told: Told, attempt: Attempt): TimelineEntry[] {
  const { language, texts } = told;
  const { number, route, why, plannedAt, intentAt } = attempt;
  const waitedMs = Math.max(0, intentAt - plannedAt);
  const entries: AttemptEntry[] = [
    { at: plannedAt, kind: "planned", text: texts.planned(number, route, planWords(why, language)) },
    { at: intentAt, kind: "calling", text: callText(told, attempt, waitedMs) },
    ...callEnd(told, attempt),
    ...lookUp(told, attempt),
    ...attempt.reports.map((r) => ({
      at: r.at,
      kind: "report" as const,
      text: texts.report(route, r.said, wordsIn(language).reports[r.status]),
    })),
    ...refund(told, attempt),
    ...movedOn(told, attempt),
  ];
  return entries.map((entry) => ({ ...entry, attempt: number }));
}

/** Only once the end is known it can be told from a call that was made. */
function callText({ texts }: Told, { route, detail }: Attempt, waitedMs: number): string {
  return detail === "stopped" ? texts.readyToCall(route, waitedMs) : texts.calling(route, waitedMs);
}

/**
 * A doubtful call that a look-up or a report settled later is told as taken: what counts is what is known now,
 * the doubt itself shows in the look-up's own line.
 */
function callEnd({ language, texts }: Told, attempt: Attempt): AttemptEntry[] {
  const { route, acceptedAt, settledAt, state, detail, providerCode } = attempt;
  if (acceptedAt !== undefined) {
    return [{ at: acceptedAt, kind: "taken", text: texts.taken(route, price(attempt.cost)) }];
  }
  if (settledAt === undefined) return [];
  const why = detailWords(detail, language);
  const text =
    detail === "stopped"
      ? texts.notCalled(route, why)
      : texts.notTaken(route, untakenWords(state, language), why, providerCode);
  return [{ at: settledAt, kind: "not_taken", text }];
}

function price(cost: Cost | undefined): string | undefined {
  return cost && `${decimal(cost.micros)} ${cost.currency}`;
}

function lookUp({ texts }: Told, { route, lookedUpAt, absentReads = 0 }: Attempt): AttemptEntry[] {
  if (lookedUpAt === undefined) return [];
  const text = absentReads === 0 ? texts.lookedUp(route) : texts.absent(route, absentReads);
  return [{ at: lookedUpAt, kind: "looked_up", text }];
}

function refund({ texts }: Told, { route, refundedAt, cost }: Attempt): AttemptEntry[] {
  if (refundedAt === undefined) return [];
  return [{ at: refundedAt, kind: "refunded", text: texts.refund(route, price(cost)) }];
}

/** A refusal or an outage moves on by itself; only what may still arrive is worth a line of its own. */
function movedOn({ texts }: Told, { route, leftAt, leftFor }: Attempt): AttemptEntry[] {
  if (leftAt === undefined) return [];
  return [{ at: leftAt, kind: "moved_on", text: texts.left(route, whyLeft(leftFor)) }];
}

function whyLeft(why: PlanReason | undefined): Parameters<TimelineTexts["left"]>[1] {
  return why === "silence" || why === "quiet" || why === "buffered" ? why : "other";
}

/** Marks of the delivery as a whole. Their order at the same instant is cause before effect. */
function ends(told: Told, delivery: Delivery): TimelineEntry[] {
  const { exhausted, deadline, cancelled, verified, closed } = told.texts;
  const marks: [number | undefined, TimelineEntry["kind"], string][] = [
    [delivery.exhaustedAt, "exhausted", exhausted],
    [delivery.deadlineAt, "deadline", deadline],
    [delivery.cancelledAt, "cancelled", cancelled],
    [delivery.verifiedAt, "verified", verified],
    [delivery.closedAt, "closed", closed],
    [delivery.endedAt, "ended", endText(told, delivery)],
  ];
  return marks.flatMap(([at, kind, text]) => (at === undefined ? [] : [{ at, kind, text }]));
}

/** `endedAt` stays the first end, while the state may have been lifted since. */
function endText({ language, texts }: Told, { state, late, verifiedAt, endedAt }: Delivery): string {
  if (verifiedAt !== undefined && endedAt !== undefined && verifiedAt > endedAt) {
    return texts.endedVerified;
  }
  const said = wordsIn(language).states[state];
  return late ? texts.endedLate(said) : texts.ended(said);
}
