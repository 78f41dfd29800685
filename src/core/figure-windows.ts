import { HOUR_MS, MINUTE_MS } from "./health-windows.ts";

/** The minutes and hours that figures are kept in, and the spans of time that are drawn from them. */

/** Minutes are kept for a day, so that "what was it at 09:05?" has an answer until tomorrow. */
export const MINUTES_KEPT_MS = 25 * HOUR_MS;
export const HOURS_KEPT_MS = 400 * 24 * HOUR_MS;

export const FIGURE_SPANS = ["1h", "24h", "7d"] as const;
export type FigureSpan = (typeof FIGURE_SPANS)[number];

/** One minute or hour by its number since 1970. */
export type FigureBucket = { of: "m" | "h"; number: number };

/** `points` of `step` buckets each: few enough for a chart, and for one read. */
const SPANS: Record<FigureSpan, { of: FigureBucket["of"]; step: number; points: number }> = {
  "1h": { of: "m", step: 1, points: 60 },
  "24h": { of: "m", step: 5, points: 288 },
  "7d": { of: "h", step: 1, points: 168 },
};

/** One point of a series: from `at` on, over the buckets named. */
export type FigureWindow = { at: number; forMs: number; buckets: FigureBucket[] };

/**
 * The windows of a span, oldest first.
 * @param from epoch ms that the first window holds; absent: the last window is the one that runs
 */
export function windowsOf(span: FigureSpan, now: number, from?: number): FigureWindow[] {
  const { of, step, points } = SPANS[span];
  const ms = msOf(of);
  const width = step * ms;
  const first = Math.floor((from ?? now - (points - 1) * width) / width) * step;
  return Array.from({ length: points }, (_, point) => {
    const start = first + point * step;
    const buckets = Array.from({ length: step }, (_unused, i) => ({ of, number: start + i }));
    return { at: start * ms, forMs: width, buckets };
  }).filter(({ at }) => at <= now);
}

/**
 * What a sum over a span is made of: as few buckets as tell it. A day is its last 24 hours, of which one runs, for
 * a sum over 1,440 minutes takes longer than anybody waits.
 */
export function bucketsOver(span: FigureSpan, now: number): FigureBucket[] {
  if (span !== "24h") return windowsOf(span, now).flatMap((window) => window.buckets);
  const hour = Math.floor(now / HOUR_MS);
  return Array.from({ length: 24 }, (_, i) => ({ of: "h" as const, number: hour - i }));
}

/** The hours of a UTC day that have begun. @param dayAt any instant of that day */
export function hoursOfDay(dayAt: number, now: number): FigureBucket[] {
  const first = Math.floor(dayAt / (24 * HOUR_MS)) * 24;
  return Array.from({ length: 24 }, (_, i) => ({ of: "h" as const, number: first + i })).filter(
    ({ number }) => number * HOUR_MS <= now,
  );
}

export function bucketsAt(now: number): FigureBucket[] {
  return (["m", "h"] as const).map((of) => ({ of, number: Math.floor(now / msOf(of)) }));
}

function msOf(of: FigureBucket["of"]): number {
  return of === "m" ? MINUTE_MS : HOUR_MS;
}
