import type { Clock } from "../flows/ports.ts";
import type { Turns } from "../flows/turns-port.ts";
import { type Brought, fromOthers, toOthers } from "./seven-journal-brought.ts";
import {
  isUnfinished,
  isWalked,
  liesDeeper,
  nextStep,
  walkInUse,
  type Progress,
  type Step,
} from "./seven-journal-next.ts";
import type { JournalFilter, JournalReader } from "./seven-journal-page.ts";
import { isDoubt, type Question, type Questions } from "./seven-journal-questions.ts";
import { rowFor, type SeenRows } from "./seven-journal-seen.ts";
import { covers, goOn, isOver, nextOffset, startWalk, takenOnAt, type Walk } from "./seven-journal-walk.ts";

/** Timers come in bursts; a moment's wait lets all of them share the first page. */
const GATHER_MS = 25;
/** How often somebody who waits for his turn looks whether another worker's turn has answered him. */
const LISTEN_MS = 250;

export type JournalTurnsDeps = {
  read: JournalReader;
  turns: Turns;
  clock: Pick<Clock, "now">;
  questions: Questions;
  seen: SeenRows;
};

export type JournalTurns = {
  /** Somebody asked. */
  wake: () => void;
  /** Nobody waits any more: a request for one message is of no use then. */
  idle: () => void;
  close: () => void;
};

type State = JournalTurnsDeps & {
  progress: Progress;
  heard: string;
  reading: AbortController;
  closing: AbortSignal;
};

/** Takes turns at the journal for as long as somebody waits, one request at a time. */
export function createJournalTurns(deps: JournalTurnsDeps): JournalTurns {
  const closing = new AbortController();
  const progress: Progress = {
    walk: undefined,
    headFrom: Number.NEGATIVE_INFINITY,
    endedFrom: Number.NEGATIVE_INFINITY,
    wantedFrom: Number.POSITIVE_INFINITY,
    last: "single",
  };
  const state: State = {
    ...deps,
    progress,
    heard: "",
    reading: new AbortController(),
    closing: closing.signal,
  };
  let running = false;
  const run = async () => {
    running = true;
    await pause(GATHER_MS, state.closing);
    await listen(state);
    while (state.questions.open().length > 0 || isUnfinished(progress)) await takeTurn(state);
    running = false;
  };
  return {
    wake: () => {
      if (!running) void run();
    },
    idle: () => {
      if (progress.last === "single") state.reading.abort();
    },
    close: () => {
      closing.abort();
      settleAll(state.questions.open(), "unreadable");
    },
  };
}

async function takeTurn(state: State): Promise<void> {
  const waitMs = state.closing.aborted ? undefined : await state.turns.take();
  if (waitMs === undefined) {
    state.progress.walk = undefined;
    return settleAll(state.questions.open(), "unreadable");
  }
  const turnAt = performance.now() + waitMs;
  for (let left = waitMs; left > 0 && !state.closing.aborted; left = turnAt - performance.now()) {
    await pause(Math.min(left, LISTEN_MS), state.closing);
    await listen(state);
  }
  markUnreached(state);
  const step = nextStep(state.questions.open(), state.progress, state.clock.now());
  if (!step || state.closing.aborted) return;
  state.progress.last = step.kind;
  state.reading = new AbortController();
  const { signal } = state.reading;
  const brought =
    step.kind === "single" ? await askSingly(state, step, signal) : await readPage(state, step, signal);
  if (brought) await state.turns.leave(toOthers(brought, performance.now()));
}

/** What another worker's turn brought answers here as well. */
async function listen(state: State): Promise<void> {
  const left = await state.turns.left();
  if (!left || left.brought === state.heard) return;
  state.heard = left.brought;
  const brought = fromOthers(left.brought, performance.now() - left.ageMs);
  if (brought) take(state, brought);
}

async function askSingly(
  state: State,
  { question }: Extract<Step, { kind: "single" }>,
  signal: AbortSignal,
): Promise<Brought | undefined> {
  const { asked } = question;
  const filter: JournalFilter =
    asked.kind === "status"
      ? { by: "id", id: asked.providerMessageId }
      : { by: "recipient", to: asked.to, sentAt: asked.sentAt };
  const readAt = performance.now();
  const page = await state.read(filter, signal);
  const brought = page && { readAt, rows: page.rows, walk: undefined };
  if (brought) take(state, brought);
  // Of one id there is one row; a full list of a number's messages may go on.
  const isAll = page?.isReadable && (asked.kind === "status" || page.isLast);
  question.settle({ kind: isAll ? "absent" : "unreadable" });
  return brought;
}

async function readPage(
  state: State,
  step: Exclude<Step, { kind: "single" }>,
  signal: AbortSignal,
): Promise<Brought | undefined> {
  const { questions } = state;
  const readAt = performance.now();
  const before = step.kind === "deeper" ? step.walk : undefined;
  const sinceAt = before?.sinceAt ?? Math.min(...questions.open().map(({ asked }) => asked.sentAt));
  const offset = before ? nextOffset(before) : 0;
  const page = await state.read({ by: "page", sinceAt, offset }, signal);
  if (!page) {
    settleAll(
      questions.open().filter(({ askedAt }) => askedAt <= readAt),
      "unreadable",
    );
    state.progress.walk = undefined;
    return undefined;
  }
  const walk = before ? goOn(before, page) : startWalk({ startedAt: readAt, sinceAt }, page);
  const brought = { readAt, rows: page.rows, walk };
  take(state, brought);
  return brought;
}

/** Whoever waits for one of the rows has it, for whomever it was asked. */
function take(state: State, { readAt, rows, walk }: Brought): void {
  state.seen.add(rows, readAt);
  for (const question of state.questions.open()) {
    const row = rowFor(question.asked, rows);
    if (row) question.settle({ kind: "row", row });
  }
  if (walk) walkOn(state, walk);
}

function walkOn({ questions, progress, clock }: State, walk: Walk): void {
  const now = clock.now();
  if (walk.pages === 1) progress.headFrom = walk.oursFrom;
  const walked = questions.open().filter((one) => isWalked(one, walk));
  settleAll(
    walked.filter((one) => covers(walk, now - one.asked.sentAt)),
    "absent",
  );
  // Where reading on is of no use, those that still wait are asked for one by one.
  for (const one of walked) one.isSingle = isOver(walk) || !liesDeeper(one, walk, now);
  const deeper = questions.open().filter((one) => !isDoubt(one) && liesDeeper(one, walk, now));
  progress.wantedFrom = Math.min(
    progress.wantedFrom,
    ...deeper.map(({ asked }) => takenOnAt(asked.reference)),
  );
  // The newest page, read in between, does not end a walk for which others wait.
  if (walk.pages === 1 && walkInUse(questions.open(), progress, now)) return;
  progress.walk = isOver(walk) ? undefined : walk;
  if (!isOver(walk)) return;
  progress.endedFrom = endOf(walk);
  progress.wantedFrom = Number.POSITIVE_INFINITY;
}

/** Infinitely long ago where the walk came to the end of the journal, or where its order is not known. */
function endOf({ isProof, isLast, oursFrom }: Walk): number {
  return isProof && !isLast ? oursFrom : Number.NEGATIVE_INFINITY;
}

/** Walks end before they come to these messages. */
function markUnreached({ questions, progress: { endedFrom } }: State): void {
  for (const one of questions.open()) {
    one.isSingle ||= !isDoubt(one) && takenOnAt(one.asked.reference) < endedFrom;
  }
}

function settleAll(questions: readonly Question[], kind: "absent" | "unreadable"): void {
  for (const one of questions) one.settle({ kind });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
