import { isDoubt, type Question } from "./seven-journal-questions.ts";
import { covers, takenOnAt, type Walk } from "./seven-journal-walk.ts";

/** What one turn at the journal is used for. */
export type Step = { kind: "head" } | { kind: "deeper"; walk: Walk } | { kind: "single"; question: Question };

export type Progress = {
  walk: Walk | undefined;
  /** The oldest of our deliveries on the newest page, and where the last walk that ended stopped; epoch ms. */
  headFrom: number;
  endedFrom: number;
  /**
   * How far down somebody wished the walk to come, epoch ms. It goes on without him, so that the same question
   * finds its answer when it is asked again.
   */
  wantedFrom: number;
  last: Step["kind"];
};

/** Each kind of step follows the one before it, so that none of them starves the others. */
const AFTER: Record<Step["kind"], readonly Step["kind"][]> = {
  head: ["deeper", "single", "head"],
  deeper: ["single", "head", "deeper"],
  single: ["head", "deeper", "single"],
};

/**
 * Chooses what answers most: one message alone is asked for by itself, several by the page that should hold
 * them. A doubt gets the newest page at once, where the message is if it was taken at all.
 * @param open doubts first   @param now epoch ms
 */
export function nextStep(open: readonly Question[], progress: Progress, now: number): Step | undefined {
  const [first] = open;
  if (first && open.length === 1) return { kind: "single", question: first };
  const steps = possibleSteps(open, progress, now);
  const urgent = doubtStep(open, progress, steps, now);
  if (urgent) return urgent;
  for (const kind of AFTER[progress.last]) {
    const step = steps[kind];
    if (step) return step;
  }
  return undefined;
}

/** Above this a walk over the pages is quicker than one request for each. */
const FEW_DOUBTS = 8;

/** The newest page for those that it may hold; whom it did not hold has no time for a walk behind busy traffic. */
function doubtStep(
  open: readonly Question[],
  progress: Progress,
  steps: Steps,
  now: number,
): Step | undefined {
  const doubts = open.filter((one) => isDoubt(one) && !one.isSingle);
  const [doubt] = doubts;
  if (!doubt) return undefined;
  const isPassed = !isNew(doubt, walkInUse(open, progress, now), progress.headFrom);
  if (isPassed && doubts.length <= FEW_DOUBTS) return { kind: "single", question: doubt };
  return progress.last === "head" ? undefined : steps.head;
}

type Steps = { [K in Step["kind"]]?: Step };

function possibleSteps(open: readonly Question[], progress: Progress, now: number): Steps {
  const question = open.find(({ isSingle }) => isSingle);
  const walk = walkInUse(open, progress, now);
  return {
    ...(open.some((one) => isNew(one, walk, progress.headFrom)) ? { head: { kind: "head" } } : {}),
    ...(walk ? { deeper: { kind: "deeper", walk } } : {}),
    ...(question ? { single: { kind: "single", question } } : {}),
  };
}

/** A walk that has passed everybody who waits, or waited, is of no use. */
export function walkInUse(open: readonly Question[], progress: Progress, now: number): Walk | undefined {
  const { walk } = progress;
  if (!walk || isUnfinished(progress)) return walk;
  return open.some((one) => liesDeeper(one, walk, now)) ? walk : undefined;
}

export function isUnfinished({ walk, wantedFrom }: Progress): boolean {
  return walk !== undefined && wantedFrom < walk.oursFrom;
}

/** No walk serves it yet, and the newest page may hold it or must begin one. */
function isNew(question: Question, walk: Walk | undefined, headFrom: number): boolean {
  if (question.isSingle || (walk && isWalked(question, walk))) return false;
  return !walk || takenOnAt(question.asked.reference) >= headFrom;
}

/** The walk began after the question was asked, so where it does not find the message, there is none. */
export function isWalked({ askedAt, isSingle }: Question, walk: Walk): boolean {
  return !isSingle && askedAt <= walk.startedAt;
}

/**
 * Also for one that was asked later: its row, if it is there, comes up further down. A doubt is walked on for until
 * absence is proved, a status only to where its message should have been.
 */
export function liesDeeper(question: Question, walk: Walk, now: number): boolean {
  const { asked, isSingle } = question;
  if (isSingle) return false;
  if (isDoubt(question)) return !covers(walk, now - asked.sentAt);
  return takenOnAt(asked.reference) < walk.oursFrom;
}
