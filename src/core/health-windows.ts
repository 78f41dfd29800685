import { addInto, type Sums } from "./health.ts";
import type { Cost } from "./outcome.ts";

/** The windows over which routes are measured, and the buckets that they are added up from. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
/** Whole minutes that are recent besides the one that runs: 5 to 6 min. */
export const RECENT_MINUTES = 5;
export const MINUTES = 60;
export const HOURS = 24;

/** So many judged messages tell enough of the present; older minutes are not asked then. */
export const RECENT_ENOUGH = 30;

/** Messages whose fate is known. */
export type Trials = { arrived: number; missed: number; verified: number };

/** What is known of a route for people of one country. The windows do not overlap. */
export type RouteHealth = {
  /** Judged messages of the minute that runs. */
  present: number;
  /** The newest minutes, as few as hold enough. */
  recent: Trials;
  /** The rest of the last hour. */
  hour: Trials;
  /** The last day in other countries. */
  elsewhere: Trials;
  /** Mean price of a message within the last hour. */
  cost: Cost | undefined;
};

/** Sums of one bucket or window by row; a row is a route in a country. */
export type Rows = Map<string, Sums>;

export function rowOf(route: string, callingCode: string): string {
  return `${route}|${callingCode}`;
}

/** The numbers of the newest minutes at `now`, newest first. */
export function recentMinutes(now: number): number[] {
  return newest(Math.floor(now / MINUTE_MS), 0, RECENT_MINUTES + 1);
}

/** The minutes of the last hour that are not recent. */
export function olderMinutes(now: number): number[] {
  return newest(Math.floor(now / MINUTE_MS), RECENT_MINUTES + 1, MINUTES - RECENT_MINUTES - 1);
}

export function hoursOf(now: number): number[] {
  return newest(Math.floor(now / HOUR_MS), 0, HOURS);
}

function newest(last: number, skip: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => last - skip - i);
}

export function totalOf(buckets: readonly Rows[]): Rows {
  const total: Rows = new Map();
  for (const rows of buckets) {
    for (const [row, sums] of rows) {
      const known = total.get(row);
      if (known) addInto(known, sums);
      else total.set(row, new Map(sums));
    }
  }
  return total;
}

export function trialsOf(sums: ReadonlyMap<string, number> | undefined): Trials {
  const count = (name: string) => Math.max(0, sums?.get(name) ?? 0);
  return { arrived: count("arrived"), missed: count("missed"), verified: count("verified") };
}

/** Judged messages of the newest of these minutes. */
export function presentOf([newest]: readonly Rows[], row: string): number {
  const { arrived, missed } = trialsOf(newest?.get(row));
  return arrived + missed;
}

/**
 * What the newest minutes show of a row: as few of them as hold enough, so that what changed is believed at once.
 * @param minutes newest first
 */
export function recentTrials(minutes: readonly Rows[], row: string): { recent: Trials; rest: Trials } {
  let [recent, rest] = [NO_TRIALS, NO_TRIALS];
  for (const rows of minutes) {
    const trials = trialsOf(rows.get(row));
    if (recent.arrived + recent.missed < RECENT_ENOUGH) recent = added(recent, trials);
    else rest = added(rest, trials);
  }
  return { recent, rest };
}

export const NO_TRIALS: Trials = { arrived: 0, missed: 0, verified: 0 };

export function added(a: Trials, b: Trials): Trials {
  return {
    arrived: a.arrived + b.arrived,
    missed: a.missed + b.missed,
    verified: a.verified + b.verified,
  };
}
