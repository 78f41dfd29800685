import type { LookUpQuery, StatusQuery } from "../flows/ports.ts";
import type { JournalRow } from "./seven-journal-page.ts";

export type Asked = ({ kind: "status" } & StatusQuery) | ({ kind: "lookUp" } & LookUpQuery);

export type Finding = { kind: "row"; row: JournalRow } | { kind: "absent" } | { kind: "unreadable" };

/** Somebody waits for what the journal says of one message. */
export type Question = {
  asked: Asked;
  /** Monotonic ms. */
  askedAt: number;
  /** Pages could not answer it. */
  isSingle: boolean;
  settle: (finding: Finding) => void;
};

export type Questions = {
  ask: (asked: Asked, signal: AbortSignal) => Promise<Finding>;
  /** Doubts first: they are given up after 10 s, a status is asked for again. */
  open: () => Question[];
};

/**
 * The questions that wait. Each ends as unreadable when its caller gives up or its time is over, so that none
 * is kept for ever. @param onEmpty is called when nobody waits any more
 */
export function createQuestions(withinMs: number, onEmpty: () => void): Questions {
  const open = new Set<Question>();
  return {
    ask: (asked, signal) => {
      if (signal.aborted) return Promise.resolve({ kind: "unreadable" });
      return new Promise((resolve) => {
        const settle = (finding: Finding) => {
          if (!open.delete(question)) return;
          clearTimeout(timer);
          signal.removeEventListener("abort", giveUp);
          resolve(finding);
          if (open.size === 0) onEmpty();
        };
        const giveUp = () => settle({ kind: "unreadable" });
        const timer = setTimeout(giveUp, withinMs);
        const question: Question = { asked, askedAt: performance.now(), isSingle: false, settle };
        open.add(question);
        signal.addEventListener("abort", giveUp, { once: true });
      });
    },
    open: () => {
      const [doubts, others] = [[...open].filter(isDoubt), [...open].filter((one) => !isDoubt(one))];
      return [...doubts, ...others];
    },
  };
}

export function isDoubt({ asked }: Question): boolean {
  return asked.kind === "lookUp";
}
