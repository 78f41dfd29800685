import { bucketsAt } from "../core/figure-windows.ts";
import type { FigureNote } from "../core/figures.ts";
import { addInto } from "../core/health.ts";
import type { AddedBucket, FigureRows, FigureTable } from "./figure-store.ts";

/** Names that one process tells apart within an hour; further ones share one row, so that nothing grows with them. */
const NAMES_MAX: Record<Exclude<FigureTable, "all">, number> = { route: 100, client: 200, country: 100 };
export const OTHER_NAMES = "other";
/** Minutes and hours that wait while Redis is away, half an hour's; of what comes then nothing is kept. */
const BUCKETS_MAX = 60;

/** What this process has counted and not told yet. */
export function createFigureSums(now: () => number) {
  let waiting = new Map<string, AddedBucket>();
  const nameOf = createNames(now);

  function add({ of, number }: AddedBucket["bucket"], table: FigureTable, name: string, note: FigureNote) {
    const key = `${of}${number}`;
    const known = waiting.get(key);
    if (!known && waiting.size >= BUCKETS_MAX) return;
    const { tables } = known ?? { tables: new Map<FigureTable, FigureRows>() };
    if (!known) waiting.set(key, { bucket: { of, number }, tables });
    const rows = tables.get(table) ?? new Map();
    tables.set(table, rows);
    const sums = rows.get(name) ?? new Map();
    rows.set(name, sums);
    addInto(sums, new Map(note.sums));
  }

  return {
    observe: (notes: readonly FigureNote[]): void => {
      for (const note of notes) {
        for (const bucket of bucketsAt(now())) {
          if (note.all) add(bucket, "all", "", note);
          for (const [table, name] of namesOf(note)) add(bucket, table, nameOf(table, name), note);
        }
      }
    },
    take: (): AddedBucket[] => {
      const taken = [...waiting.values()];
      waiting = new Map();
      return taken;
    },
  };
}

function namesOf({ route, clientId, country }: FigureNote) {
  const named = [
    ["route", route],
    ["client", clientId],
    ["country", country],
  ] as const;
  return named.flatMap(([table, name]) => (name === undefined ? [] : [[table, name] as const]));
}

/** The first of each hour keep their names: a flood of one hour does not hide the names of the next. */
function createNames(now: () => number) {
  let hour = -1;
  let seen = { route: new Set<string>(), client: new Set<string>(), country: new Set<string>() };
  return (table: keyof typeof NAMES_MAX, name: string): string => {
    const present = bucketsAt(now())[1]?.number ?? 0;
    if (present !== hour) {
      hour = present;
      seen = { route: new Set(), client: new Set(), country: new Set() };
    }
    const names = seen[table];
    if (name !== "" && names.size < NAMES_MAX[table]) names.add(name);
    return names.has(name) ? name : OTHER_NAMES;
  };
}
