import {
  bucketsOver,
  type FigureBucket,
  type FigureSpan,
  type FigureWindow,
  hoursOfDay,
  windowsOf,
} from "../core/figure-windows.ts";
import { costOf, totalsOf } from "../core/figures.ts";
import { addInto, measuredOf, type Sums } from "../core/health.ts";
import type { FigureReader, Point, RouteTotals } from "../flows/figures-port.ts";
import { type FigureRows, type FigureStore, type FigureTable, sumOf } from "./figure-store.ts";
import { createOverview, type OverviewDeps } from "./overview.ts";

export type FiguresDeps = Omit<OverviewDeps, "store"> & { store: FigureStore };

/** Figures for people, from sums. Every read is bounded by the number of its windows. All may throw StoreUnavailable. */
export function createFigures(deps: FiguresDeps): FigureReader {
  const { store, now } = deps;
  return {
    overview: createOverview(deps),
    series: async ({ span }) =>
      points(store, windowsOf(span, now()), "all", (rows) => totalsOf(rows.get("") ?? NOTHING)),
    clientDay: async (clientId, day) => {
      const at = Date.parse(`${day}T00:00:00Z`);
      if (!Number.isFinite(at)) return undefined;
      const hours = await store.read(hoursOfDay(at, now()), "client");
      return totalsOf(sumOf(hours, clientId));
    },
    clientSeries: (clientId, span, from) =>
      points(store, windowsOf(span, now(), from), "client", (rows) =>
        totalsOf(rows.get(clientId) ?? NOTHING),
      ),
    routeSeries: (route, span, from) =>
      points(store, windowsOf(span, now(), from), "route", (rows) =>
        routeTotalsOf(rows.get(route) ?? NOTHING),
      ),
    routes: async (span) => named(await rowsOver(deps, span, "route"), routeTotalsOf),
    shares: async (of, span) => named(await rowsOver(deps, span, of), totalsOf),
  };
}

async function rowsOver({ store, now }: FiguresDeps, span: FigureSpan, table: FigureTable) {
  return totalRows(await store.read(bucketsOver(span, now()), table));
}

const NOTHING: Sums = new Map();

async function points<T>(
  store: FigureStore,
  windows: readonly FigureWindow[],
  table: FigureTable,
  read: (rows: FigureRows) => T,
): Promise<Point<T>[]> {
  const buckets: FigureBucket[] = windows.flatMap((window) => window.buckets);
  const rows = (await store.read(buckets, table)).values();
  return windows.map(({ at, forMs, buckets: { length } }) => {
    const own = Array.from({ length }, () => rows.next().value ?? new Map());
    return { at, forMs, ...read(totalRows(own)) };
  });
}

function totalRows(all: readonly FigureRows[]): FigureRows {
  const [first, ...others] = all;
  if (first && others.length === 0) return first;
  const total: FigureRows = new Map();
  for (const [name, sums] of all.flatMap((rows) => [...rows])) {
    const known = total.get(name);
    if (known) addInto(known, sums);
    else total.set(name, new Map(sums));
  }
  return total;
}

function routeTotalsOf(sums: Sums): RouteTotals {
  const count = (sum: string) => Math.max(0, sums.get(sum) ?? 0);
  return {
    ...measuredOf(sums),
    calls: count("calls"),
    refused: count("refused"),
    unavailable: count("unavailable"),
    uncertain: count("uncertain"),
    cost: costOf(sums),
  };
}

function named<T extends { accepted: number }>(rows: FigureRows, read: (sums: Sums) => T) {
  const all = [...rows].map(([name, sums]) => ({ name, ...read(sums) }));
  return all.toSorted((a, b) => b.accepted - a.accepted);
}
