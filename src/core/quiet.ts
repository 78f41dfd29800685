import type { RouteRules, Rules } from "./rules.ts";

/**
 * Whether the messages of a route are reported, as a reducer: state, evidence, now. A provider may take
 * everything and bring little of it; only the missing reports show that. A quiet route is no open circuit:
 * our own way of reports may be broken, so it only comes after the others.
 */

/** What became known of one accepted message; at most one of each kind. */
export type Evidence = {
  /**
   * When the provider took it, epoch ms. Messages are judged by this and not by the instant of the evidence: a
   * report comes within seconds, its absence shows much later, so the newest evidence always looks too good.
   */
  acceptedAt: number;
  /** A final report in time; none at the look; or one in time after a look that found none. */
  kind: "heard" | "late" | "late_heard";
};

/** Messages that a provider took in one short span. */
type Cohort = { at: number; heard: number; late: number };

export type Reporting =
  /** `from`: what was taken before does not count any more, for the route has recovered since. */
  | { kind: "speaking"; from: number; cohorts: Cohort[] }
  /** `lateAt`: when the newest message without a report was taken. */
  | { kind: "quiet"; since: number; lateAt: number; cohorts: Cohort[] };

export const SPEAKING: Reporting = { kind: "speaking", from: 0, cohorts: [] };

/**
 * Shares named "OfPatience" are of the route's silence timer, so that all of it follows that one setting; in
 * brackets what it is at 30 s. Source: our own decision. Half is far from the 5 to 20 % that a slow but sound
 * network leaves unreported at its first look; a smaller share would need more messages to be believed.
 */
export const QUIET = {
  lateShare: 0.5,
  /** The newest messages that are old enough are judged, and not fewer than these. */
  newest: 20,
  minMessages: 10,
  /** Older ones tell nothing of the present (60 s). */
  windowOfPatience: 2,
  /** Span of one cohort (1 s). */
  cohortOfPatience: 1 / 30,
  /** From a timer that runs out to the evidence: sweep, queue, reading and exchange between workers, ms. */
  lagMs: 1_500,
  /** It speaks again after so many reported messages in a row that were taken since, */
  heardInARow: 5,
  /** or when for so long no message was late, ms. */
  forgetMs: 600_000,
  /** Share of new codes that still begin on a quiet route: without any its recovery could not be seen. */
  sampleShare: 0.1,
} as const;

/** Durations in ms, for one route. */
export type QuietRules = { cohortMs: number; windowMs: number; ripeMs: number };

/** @returns undefined where no report can ever reach us, so that none can be missing */
export function quietRules(route: RouteRules, rules: Rules): QuietRules | undefined {
  const { silenceMs, canReadStatus, reports } = route;
  if (silenceMs === undefined || (reports === "poll" && !canReadStatus)) return undefined;
  const cohortMs = silenceMs * QUIET.cohortOfPatience;
  const lateAfterMs = canReadStatus ? silenceMs * firstLookShare(rules) : silenceMs;
  const ripeMs = lateAfterMs + QUIET.lagMs + cohortMs;
  return { cohortMs, windowMs: silenceMs * QUIET.windowOfPatience, ripeMs };
}

/** From this share of its patience on a message without a final word counts as late. */
export function firstLookShare({ looksOfPatience }: Rules): number {
  return Math.min(...looksOfPatience);
}

/** The state after some evidence, and after the time that has passed: cohorts ripen without any. */
export function weigh(
  before: Reporting,
  evidence: readonly Evidence[],
  now: number,
  rules: QuietRules,
): Reporting {
  const cohorts = counted(before.cohorts, evidence, now, rules);
  switch (before.kind) {
    case "speaking":
      return whileSpeaking({ ...before, cohorts }, before, now, rules);
    case "quiet": {
      const late = evidence.filter((e) => e.kind === "late").map((e) => Math.min(e.acceptedAt, now));
      const lateAt = Math.max(before.lateAt, ...late);
      return whileQuiet({ ...before, lateAt, cohorts }, before, now, rules);
    }
  }
}

type Of<K extends Reporting["kind"]> = Extract<Reporting, { kind: K }>;

function whileSpeaking(after: Of<"speaking">, before: Reporting, now: number, rules: QuietRules): Reporting {
  const { windowMs, ripeMs } = rules;
  const since = Math.max(after.from, now - ripeMs - windowMs);
  const { heard, late } = newestOf(after.cohorts, since, QUIET.newest, now, rules);
  const isQuiet = heard + late >= QUIET.minMessages && late >= (heard + late) * QUIET.lateShare;
  if (isQuiet) return { kind: "quiet", since: now, lateAt: now, cohorts: after.cohorts };
  return after.cohorts === before.cohorts ? before : after;
}

function whileQuiet(after: Of<"quiet">, before: Reporting, now: number, rules: QuietRules): Reporting {
  const { since, lateAt, cohorts } = after;
  const { heard, late } = newestOf(cohorts, since, QUIET.heardInARow, now, rules);
  const speaks = heard >= QUIET.heardInARow && late === 0;
  if (!speaks && now - Math.max(since, lateAt) < QUIET.forgetMs) {
    return cohorts === before.cohorts ? before : after;
  }
  return { kind: "speaking", from: now - rules.ripeMs, cohorts };
}

/** The newest cohorts that are old enough to be judged, until they hold `messages`. */
function newestOf(
  cohorts: readonly Cohort[],
  since: number,
  messages: number,
  now: number,
  { ripeMs }: QuietRules,
): { heard: number; late: number } {
  let [heard, late] = [0, 0];
  for (const cohort of cohorts.toReversed()) {
    if (cohort.at < since || heard + late >= messages) break;
    if (cohort.at + ripeMs > now) continue;
    heard += cohort.heard;
    late += cohort.late;
  }
  return { heard, late };
}

/** Sorted by time and bounded. Another worker's clock may be ahead: nothing was taken later than now. */
function counted(
  cohorts: Cohort[],
  evidence: readonly Evidence[],
  now: number,
  { cohortMs, windowMs, ripeMs }: QuietRules,
): Cohort[] {
  if (evidence.length === 0) return cohorts;
  const byTime = new Map(cohorts.map((cohort) => [cohort.at, cohort]));
  for (const { acceptedAt, kind } of evidence) {
    const at = Math.floor(Math.floor(Math.min(acceptedAt, now) / cohortMs) * cohortMs);
    byTime.set(at, withOne(byTime.get(at) ?? { at, heard: 0, late: 0 }, kind));
  }
  const sorted = [...byTime.values()].toSorted((a, b) => a.at - b.at);
  return sorted.slice(-Math.ceil((windowMs + ripeMs) / cohortMs) - 1);
}

function withOne({ at, heard, late }: Cohort, kind: Evidence["kind"]): Cohort {
  switch (kind) {
    case "heard":
      return { at, heard: heard + 1, late };
    case "late":
      return { at, heard, late: late + 1 };
    case "late_heard":
      return { at, heard: heard + 1, late: Math.max(0, late - 1) };
  }
}
