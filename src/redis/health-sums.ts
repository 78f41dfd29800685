import { additions, addInto, type HealthNote } from "../core/health.ts";
import { HOUR_MS, MINUTE_MS, type Rows, rowOf } from "../core/health-windows.ts";
import type { Bucket } from "./health-store.ts";

/** Countries that one process tells apart; more than these share one row, so that no flood of them grows anything. */
const COUNTRIES_MAX = 100;
export const OTHER_COUNTRIES = "other";
/** Minutes and hours that wait while Redis is away; of what comes then nothing is kept. */
const BUCKETS_MAX = 12;

/** What this process has observed and not told yet. Bounded by routes, countries and the names of sums. */
export function createHealthSums(now: () => number, isRoute: (route: string) => boolean) {
  const countries = new Set<string>();
  let waiting = new Map<string, { bucket: Bucket; rows: Rows }>();
  const countryOf = (callingCode: string) => {
    if (countries.size < COUNTRIES_MAX) countries.add(callingCode);
    return countries.has(callingCode) ? callingCode : OTHER_COUNTRIES;
  };
  const rowsOf = (of: Bucket["of"], number: number): Rows | undefined => {
    const name = `${of}${number}`;
    const known = waiting.get(name);
    if (known || waiting.size >= BUCKETS_MAX) return known?.rows;
    const rows: Rows = new Map();
    waiting.set(name, { bucket: { of, number }, rows });
    return rows;
  };
  return {
    observe: (notes: readonly HealthNote[]): void => {
      for (const note of notes.filter(({ route }) => isRoute(route))) {
        const row = rowOf(note.route, countryOf(note.callingCode));
        const more = new Map(additions(note));
        const at = now();
        for (const rows of [rowsOf("m", Math.floor(at / MINUTE_MS)), rowsOf("h", Math.floor(at / HOUR_MS))]) {
          const sums = rows?.get(row);
          if (sums) addInto(sums, more);
          else rows?.set(row, new Map(more));
        }
      }
    },
    take: () => {
      const taken = [...waiting.values()];
      waiting = new Map();
      return taken;
    },
  };
}
