/** Delivery reports in normal form and the rule that makes their order meaningless. */

export type ReportStatus = "accepted" | "transmitted" | "buffered" | "undelivered" | "delivered" | "unknown";

/** One provider's later word on a message. Never holds a code or a number. */
export type Report = {
  status: ReportStatus;
  /** The provider's own word, for the timeline; at most 40 characters. */
  said: string;
  providerMessageId: string | undefined;
  /** Our own id of the attempt, where the provider gives it back. */
  reference: string | undefined;
  /** Epoch ms by the provider's clock, where it says so. */
  reportedAt: number | undefined;
  /** The provider gave the message's price back. */
  isRefunded?: true | undefined;
};

const RANK: Record<ReportStatus, number> = {
  unknown: 0,
  accepted: 1,
  transmitted: 2,
  buffered: 3,
  undelivered: 4,
  delivered: 5,
};

/** True when `next` tells more than `seen`: reports arrive late, twice and in any order. */
export function supersedes(next: ReportStatus, seen: ReportStatus | undefined): boolean {
  return seen === undefined || RANK[next] > RANK[seen];
}
