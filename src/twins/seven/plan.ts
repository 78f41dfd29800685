import type { ReportPlan } from "../behaviour.ts";
import type { SevenAccepted, Stamped } from "../ledger-entry.ts";

/** A message is its own ledger entry: what was written down is all that is known. */
export type SevenMessage = Stamped<SevenAccepted>;

/** One report: which status, and when in the message's life (a share of a span after the hand-over). */
export type Step = {
  status: string;
  of: "delay" | "late" | "ttl";
  share: number;
  /** A lie by somebody else (wrong signature), or a true report about a stranger's message. */
  about?: "forged" | "stray";
};

const step = (status: string, share: number, of: Step["of"] = "delay"): Step => ({ status, share, of });
const TAKEN = [step("ACCEPTED", 1 / 3), step("TRANSMITTED", 2 / 3)];
const NORMAL = [...TAKEN, step("DELIVERED", 1)];

/** The stories. Order is the order of posting, which for `doubled` is not the order of events. */
const STEPS: Record<ReportPlan, readonly Step[]> = {
  normal: NORMAL,
  none: [],
  // Nothing is posted, see `posted`; the journal follows these steps.
  lost: NORMAL,
  undelivered: [...TAKEN, step("NOTDELIVERED", 1)],
  rejected: [step("ACCEPTED", 1 / 3), step("REJECTED", 1)],
  failed: [step("ACCEPTED", 1 / 3), step("FAILED", 1)],
  expired: [step("ACCEPTED", 1 / 3), step("BUFFERED", 1), step("EXPIRED", 1, "ttl")],
  buffered: [step("ACCEPTED", 1 / 3), step("BUFFERED", 1)],
  before: [step("DELIVERED", 0)],
  doubled: [
    step("DELIVERED", 1 / 3),
    step("TRANSMITTED", 1 / 2),
    step("DELIVERED", 2 / 3),
    step("ACCEPTED", 5 / 6),
    step("ACCEPTED", 1),
  ],
  reordered: [step("DELIVERED", 1 / 3), step("TRANSMITTED", 2 / 3), step("ACCEPTED", 1)],
  late: [...TAKEN, step("DELIVERED", 1, "late")],
  // Some networks report a delivery that never was: the phone gets nothing, see `handsetAt`.
  lying: NORMAL,
  forged: [{ ...step("NOTDELIVERED", 1 / 3), about: "forged" }, step("DELIVERED", 1)],
  stray: [{ ...step("DELIVERED", 1 / 6), about: "stray" }, ...NORMAL],
  // SMS knows no reading; the name is Telegram's.
  read: NORMAL,
};

/** The truth about the phone: when the message is there; undefined if it never is, whatever is reported. */
export function handsetAt(message: SevenMessage): number | undefined {
  if (message.reports === "lying") return undefined;
  const there = stepsOf(message).find((one) => one.about === undefined && one.status === "DELIVERED");
  return there && dueAt(message, there);
}

/** Statuses before the final ones, in the order in which they replace each other. */
const RANK = ["ACCEPTED", "TRANSMITTED", "BUFFERED"];

/** All reports of a message, in the order of posting. One that outlived its ttl in the queue expires. */
export function stepsOf(message: SevenMessage): readonly Step[] {
  const steps = STEPS[message.reports];
  const tooLate = message.handOverAt > message.ttlEndAt && steps.length > 0;
  return tooLate ? [step("EXPIRED", 1, "ttl")] : steps;
}

/** When a report is due, epoch ms. */
export function dueAt(message: SevenMessage, { of, share }: Step): number {
  if (of === "ttl") return message.ttlEndAt;
  return message.handOverAt + share * (of === "late" ? message.lateMs : message.reportDelayMs);
}

/** What journal and status say at an instant: the furthest true status, computed when asked for. */
export function statusAt(
  message: SevenMessage,
  at: number,
): { status: string; statusAt: number } | undefined {
  const due = stepsOf(message).filter((one) => one.about === undefined && dueAt(message, one) <= at);
  const best = due.reduce<Step | undefined>((a, b) => (a && rank(a) >= rank(b) ? a : b), undefined);
  return best && { status: best.status, statusAt: dueAt(message, best) };
}

/** All final statuses share the highest rank: the first of them stays. */
function rank({ status }: Step): number {
  const index = RANK.indexOf(status);
  return index === -1 ? RANK.length : index;
}
