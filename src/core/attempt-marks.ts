import type { Attempt, PlanReason } from "./delivery.ts";

/** What is noted on an attempt without changing its state. */

/** Only look-ups in a row count as absence: an unreadable one in between proves nothing. */
export function lookedUp(attempt: Attempt, absent: boolean, at: number): Attempt {
  return { ...attempt, lookedUpAt: at, absentReads: absent ? (attempt.absentReads ?? 0) + 1 : 0 };
}

export function statusRead(attempt: Attempt, isLate: boolean, at: number): Attempt {
  return { ...(isLate ? late(attempt, at) : attempt), statusReadAt: at };
}

export function left(attempt: Attempt, why: PlanReason, at: number): Attempt {
  if (attempt.leftAt !== undefined) return attempt;
  return { ...(why === "silence" ? late(attempt, at) : attempt), leftAt: at, leftFor: why };
}

/** A message that was never accepted, or has its final report, cannot be late. */
function late(attempt: Attempt, at: number): Attempt {
  return attempt.state === "accepted" ? { ...attempt, lateAt: attempt.lateAt ?? at } : attempt;
}
