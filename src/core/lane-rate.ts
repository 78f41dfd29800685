/** How fast a lane really moves while it has a line: rates are what contracts allow, not what happens. */

/** Starts are counted in spans of this, in ms. */
export const SPAN_MS = 5_000;
/** Complete spans that are averaged. */
export const SPANS = 2;

/** A line as long as this many seconds of the allowed rate keeps a lane busy over its spans. */
const BUSY_S = 5;
/** A lane that stands still for a moment, such as behind an open circuit, is not taken to stand for ever. */
const LEAST_SHARE = 0.2;

/** The spans that are over at `now`, newest first, as numbers that name their counters. */
export function completeSpans(now: number): number[] {
  return Array.from({ length: SPANS }, (_, i) => spanOf(now) - 1 - i);
}

export function spanOf(now: number): number {
  return Math.floor(now / SPAN_MS);
}

/** Since when a lane has had a line without a break; undefined while it has none. */
export function busySince(
  since: number | undefined,
  waiting: number,
  perSecond: number,
  now: number,
): number | undefined {
  return perSecond > 0 && waiting >= perSecond * BUSY_S ? (since ?? now) : undefined;
}

/**
 * Messages per second that the next one may count on. Only a lane that had a line all the time shows what it can
 * do; another one is taken at its word.
 * @param starts of the complete spans
 * @param perSecond allowed rate, 0 = none
 */
export function rateOf(
  { since, starts, perSecond }: { since: number | undefined; starts: readonly number[]; perSecond: number },
  now: number,
): number {
  const oldest = (spanOf(now) - SPANS) * SPAN_MS;
  if (since === undefined || since > oldest || starts.length < SPANS) return perSecond;
  const measured = starts.reduce((sum, n) => sum + n, 0) / ((SPANS * SPAN_MS) / 1_000);
  return Math.min(perSecond, Math.max(measured, perSecond * LEAST_SHARE));
}
