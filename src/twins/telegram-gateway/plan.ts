import type { ReportPlan } from "../behaviour.ts";
import type { Stamped, TelegramAccepted } from "../ledger-entry.ts";

export type TelegramMessage = Stamped<TelegramAccepted>;
export type DeliveryStatus = "sent" | "delivered" | "read" | "expired" | "revoked";

/** A report: status and when, as a share of a span after the send. */
export type Step = {
  status: DeliveryStatus;
  of: "delay" | "late" | "ttl";
  share: number;
  about?: "forged" | "stray";
};

const step = (status: DeliveryStatus, share: number, of: Step["of"] = "delay"): Step => ({
  status,
  share,
  of,
});
const SENT = step("sent", 0);
const NORMAL = [SENT, step("delivered", 1)];
/** Undelivered at the end of the ttl: expired, and the fee comes back. */
const EXPIRED = [SENT, step("expired", 1, "ttl")];

/** Which transitions are reported is undocumented; this tells of `sent` as well, the harder case. */
const STEPS: Record<ReportPlan, readonly Step[]> = {
  normal: NORMAL,
  none: [SENT],
  // Nothing is posted; checkVerificationStatus follows these steps.
  lost: NORMAL,
  undelivered: EXPIRED,
  rejected: EXPIRED,
  failed: EXPIRED,
  expired: EXPIRED,
  buffered: EXPIRED,
  before: [step("delivered", 0)],
  doubled: [step("delivered", 1 / 2), step("delivered", 3 / 4), step("sent", 1)],
  reordered: [step("delivered", 1 / 2), step("sent", 1)],
  late: [SENT, step("delivered", 1, "late")],
  // Telegram hears from the phone itself; only the truth differs, see `handsetAt`.
  lying: NORMAL,
  forged: [{ ...step("expired", 1 / 2), about: "forged" }, step("delivered", 1)],
  stray: [{ ...step("delivered", 1 / 4), about: "stray" }, ...NORMAL],
  read: [...NORMAL, step("read", 2)],
};

/** In the order of posting. */
export function stepsOf(message: TelegramMessage): readonly Step[] {
  return STEPS[message.reports];
}

/** When a report is due, epoch ms. */
export function dueAt(message: TelegramMessage, { of, share }: Step): number {
  if (of === "ttl") return message.ttlEndAt;
  return message.at + share * (of === "late" ? message.lateMs : message.reportDelayMs);
}

/** The truth about the phone: when the message is there; undefined if it never is, whatever is reported. */
export function handsetAt(message: TelegramMessage): number | undefined {
  if (message.reports === "lying") return undefined;
  const there = stepsOf(message).find((one) => one.about === undefined && one.status === "delivered");
  return there && dueAt(message, there);
}

/** Later ones replace earlier ones. */
const RANK: DeliveryStatus[] = ["sent", "delivered", "read", "expired", "revoked"];

/** What the provider knows at an instant, computed when asked for. */
export function statusAt(message: TelegramMessage, at: number): DeliveryStatus {
  const due = stepsOf(message).filter((one) => one.about === undefined && dueAt(message, one) <= at);
  const ranks = due.map(({ status }) => RANK.indexOf(status));
  return RANK[Math.max(0, ...ranks)] ?? "sent";
}

/** Instant of a status, unix seconds. `delivered` repeats the one of `sent`, as was seen live. */
export function updatedAt(message: TelegramMessage, status: DeliveryStatus, at: number): number {
  const instant = status === "sent" || status === "delivered" ? message.at : Math.min(at, Date.now());
  return Math.floor(instant / 1_000);
}
