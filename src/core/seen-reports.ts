import type { SeenReport } from "./delivery.ts";
import { type Report, type ReportStatus, supersedes } from "./report.ts";

/** Reports kept for one attempt; a provider that repeats itself must not grow the record. */
const REPORTS_MAX = 8;

/** The reports with a new one. A repeat changes nothing; what tells more than all others is kept in any case. */
export function withSeen(reports: SeenReport[], { status, said }: Report, at: number): SeenReport[] {
  const isSeen = reports.some((r) => r.status === status && r.said === said);
  const isFull = reports.length >= REPORTS_MAX && !supersedes(status, highest(reports));
  return isSeen || isFull ? reports : [...reports, { status, said, at }];
}

function highest(reports: readonly SeenReport[]): ReportStatus | undefined {
  return reports.reduce<ReportStatus | undefined>(
    (top, r) => (supersedes(r.status, top) ? r.status : top),
    undefined,
  );
}
