import type { ReportPlan } from "../behaviour.ts";
import type { GatewayApiAccepted, Stamped } from "../ledger-entry.ts";

/** A message is its own ledger entry: what was written down is all that is known. */
export type GatewayApiMessage = Stamped<GatewayApiAccepted>;

/** One report: which status, and when in the message's life (a share of a span after the hand-over). */
export type Step = {
  status: string;
  of: "delay" | "late" | "ttl";
  share: number;
  /** A lie by somebody else (wrong signature), or a true report about a stranger's message. */
  about?: "forged" | "stray";
};

const step = (status: string, share: number, of: Step["of"] = "delay"): Step => ({ status, share, of });
const TAKEN = [step("BUFFERED", 1 / 3), step("ENROUTE", 2 / 3)];
const NORMAL = [...TAKEN, step("DELIVERED", 1)];

/** `doubled` ends with transient states: GatewayAPI may send them after a final one. Source: GatewayAPI, webhooks. */
const STEPS: Record<ReportPlan, readonly Step[]> = {
  normal: NORMAL,
  none: [],
  lost: [],
  undelivered: [...TAKEN, step("UNDELIVERABLE", 1)],
  rejected: [step("BUFFERED", 1 / 3), step("REJECTED", 1)],
  failed: [step("SKIPPED", 1)],
  expired: [...TAKEN, step("EXPIRED", 1, "ttl")],
  buffered: [step("BUFFERED", 1)],
  before: [step("DELIVERED", 0)],
  doubled: [
    step("DELIVERED", 1 / 3),
    step("ENROUTE", 1 / 2),
    step("DELIVERED", 2 / 3),
    step("BUFFERED", 5 / 6),
    step("ENROUTE", 1),
  ],
  late: [...TAKEN, step("DELIVERED", 1, "late")],
  forged: [{ ...step("UNDELIVERABLE", 1 / 3), about: "forged" }, step("DELIVERED", 1)],
  stray: [{ ...step("DELIVERED", 1 / 6), about: "stray" }, ...NORMAL],
  reordered: [step("DELIVERED", 1 / 3), step("ENROUTE", 2 / 3), step("BUFFERED", 1)],
  // Reported, but never on the phone.
  lying: NORMAL,
  // SMS knows no reading; the name is Telegram's.
  read: NORMAL,
};

/** In the order of posting. A message that outlived its validity in the queue expires. */
export function stepsOf(message: GatewayApiMessage): readonly Step[] {
  const steps = STEPS[message.reports];
  const tooLate = message.handOverAt > message.ttlEndAt && steps.length > 0;
  return tooLate ? [step("EXPIRED", 1, "ttl")] : steps;
}

/** The truth about the phone: when the message is there; undefined if it never is, whatever is reported. */
export function handsetAt(message: GatewayApiMessage): number | undefined {
  const { reports } = message;
  if (reports === "lying") return undefined;
  // Nothing is posted about a `lost` one, but the phone has it.
  const steps = reports === "lost" ? stepsOf({ ...message, reports: "normal" }) : stepsOf(message);
  const there = steps.find((one) => one.about === undefined && one.status === "DELIVERED");
  return there && dueAt(message, there);
}

/** When a report is due, epoch ms. */
export function dueAt(message: GatewayApiMessage, { of, share }: Step): number {
  if (of === "ttl") return message.ttlEndAt;
  return message.handOverAt + share * (of === "late" ? message.lateMs : message.reportDelayMs);
}
