import type { Redis } from "ioredis";
import { type Measured, measuredOf } from "../core/health.ts";
import {
  added,
  hoursOf,
  MINUTE_MS,
  NO_TRIALS,
  olderMinutes,
  presentOf,
  recentMinutes,
  recentTrials,
  type RouteHealth,
  type Rows,
  rowOf,
  totalOf,
  type Trials,
  trialsOf,
} from "../core/health-windows.ts";
import type { Health } from "../flows/health-port.ts";
import { createHealthStore, type HealthStore } from "./health-store.ts";
import { createHealthSums } from "./health-sums.ts";
import type { Keys } from "./keys.ts";

const FLUSH_MS = 1_000;
/** The newest minutes are read this often; the rest when a minute is over. */
const READ_MS = 2_000;

export type HealthRoutesDeps = {
  client: Redis;
  keys: Keys;
  /** Only of these anything is kept. */
  routes: ReadonlySet<string>;
  now: () => number;
};

/** One route in one country over the three windows. */
export type HealthRow = {
  route: string;
  callingCode: string;
  minutes5: Measured;
  hour: Measured;
  day: Measured;
};

export type RunningHealth = Health & {
  /** As last read, for metrics. */
  rows: () => HealthRow[];
  close: () => void;
};

/** @param recent the newest minutes, newest first */
type Snapshot = { minute: number; recent: Rows[]; older: Rows; day: Rows; elsewhere: Map<string, Trials> };

const NOTHING: Snapshot = { minute: -1, recent: [], older: new Map(), day: new Map(), elsewhere: new Map() };

/** Health of the routes: observations in bulk, answers from a snapshot. Redis' own errors are told by its client. */
export function createHealthRoutes({ client, keys, routes, now }: HealthRoutesDeps): RunningHealth {
  const store = createHealthStore(client, keys);
  const sums = createHealthSums(now, (route) => routes.has(route));
  let known = NOTHING;
  const flush = oneAtATime(async () => {
    const taken = sums.take();
    if (taken.length > 0) await store.add(taken);
  });
  const read = oneAtATime(async () => {
    known = await readSnapshot(store, known, now());
  });
  const timers = [setInterval(flush, FLUSH_MS), setInterval(read, READ_MS)];
  read();
  return {
    observe: sums.observe,
    of: (route, callingCode) => healthOf(known, route, callingCode),
    rows: () => rowsOf(known),
    close: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

/** While Redis is away one round waits for it and no second one joins it. What a failed round held is lost. */
function oneAtATime(work: () => Promise<void>): () => void {
  let busy = false;
  return () => {
    if (busy) return;
    busy = true;
    void work()
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  };
}

async function readSnapshot(store: HealthStore, before: Snapshot, now: number): Promise<Snapshot> {
  const recent = await store.read(recentMinutes(now).map((number) => ({ of: "m", number })));
  const minute = Math.floor(now / MINUTE_MS);
  if (minute === before.minute) return { ...before, recent };
  const older = totalOf(await store.read(olderMinutes(now).map((number) => ({ of: "m", number }))));
  const day = totalOf(await store.read(hoursOf(now).map((number) => ({ of: "h", number }))));
  return { minute, recent, older, day, elsewhere: byRoute(day) };
}

function byRoute(day: Rows): Map<string, Trials> {
  const all = new Map<string, Trials>();
  for (const [row, sums] of day) {
    const [route = ""] = row.split("|");
    all.set(route, added(all.get(route) ?? NO_TRIALS, trialsOf(sums)));
  }
  return all;
}

function healthOf({ recent, older, day, elsewhere }: Snapshot, route: string, code: string): RouteHealth {
  const row = rowOf(route, code);
  const { recent: newest, rest } = recentTrials(recent, row);
  const hour = totalOf([...recent, older].map((rows) => only(rows, row)));
  return {
    present: presentOf(recent, row),
    recent: newest,
    hour: added(rest, trialsOf(older.get(row))),
    elsewhere: less(elsewhere.get(route) ?? NO_TRIALS, trialsOf(day.get(row))),
    cost: measuredOf(hour.get(row) ?? new Map()).cost,
  };
}

function only(rows: Rows, row: string): Rows {
  const sums = rows.get(row);
  return new Map(sums ? [[row, sums]] : []);
}

function less(all: Trials, part: Trials): Trials {
  return {
    arrived: Math.max(0, all.arrived - part.arrived),
    missed: Math.max(0, all.missed - part.missed),
    verified: Math.max(0, all.verified - part.verified),
  };
}

function rowsOf({ recent, older, day }: Snapshot): HealthRow[] {
  const minutes5 = totalOf(recent);
  const hour = totalOf([minutes5, older]);
  return [...new Set([...hour.keys(), ...day.keys()])].map((row) => {
    const [route = "", callingCode = ""] = row.split("|");
    const measured = (rows: Rows) => measuredOf(rows.get(row) ?? new Map());
    return { route, callingCode, minutes5: measured(minutes5), hour: measured(hour), day: measured(day) };
  });
}
