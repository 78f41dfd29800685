/** What readings of an account's credit tell of how long it lasts. Pure. */

/** Micros of one currency at an instant, epoch ms. */
export type BalanceReading = { at: number; micros: number; currency: string };

const DAY_MS = 86_400_000;
/** Readings of a shorter time say more about the hour of the day than about the account. */
const LEAST_MS = 3_600_000;
/** A week evens out weekends. */
const SPAN_MS = 7 * DAY_MS;

/**
 * Days that the newest balance lasts at the pace of the last week: what went away between two readings counts,
 * what came in between does not. Other programs that spend from the account are in it, as they should be.
 * @param readings oldest first
 * @returns undefined while the readings span less than an hour, and where nothing is spent
 */
export function daysLeft(readings: readonly BalanceReading[], now: number): number | undefined {
  const newest = readings.at(-1);
  const own = readings.filter((r) => r.currency === newest?.currency && r.at > now - SPAN_MS);
  const first = own[0];
  if (!newest || !first || newest.at - first.at < LEAST_MS) return undefined;
  const spent = own.slice(1).reduce((sum, r, i) => sum + Math.max(0, (own[i]?.micros ?? 0) - r.micros), 0);
  if (spent <= 0) return undefined;
  return Math.max(0, newest.micros) / (spent / ((newest.at - first.at) / DAY_MS));
}
