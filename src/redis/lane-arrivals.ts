import type { Redis } from "ioredis";
import { LOOK_BACK_MS } from "../core/line.ts";
import type { Keys } from "./keys.ts";

/** Arrivals are counted in spans of this, in ms. */
const SPAN_MS = 5_000;
const SPANS = LOOK_BACK_MS / SPAN_MS;
export const CAME_TTL_MS = LOOK_BACK_MS + 3 * SPAN_MS;

const NOBODY: ReadonlyMap<string, number> = new Map();

export function cameSpanOf(now: number): number {
  return Math.floor(now / SPAN_MS);
}

export type Arrivals = {
  /** Attempts per second that each client has put into a lane lately. */
  of: (route: string) => ReadonlyMap<string, number>;
  /** Reads them once a span. */
  refresh: () => Promise<void>;
};

type ArrivalsDeps = { client: Redis; keys: Keys; routes: readonly string[]; now: () => number };

/** Who keeps coming to each lane, from the spans that are over: the count is made where turns are taken. */
export function createArrivals({ client, keys, routes, now }: ArrivalsDeps): Arrivals {
  let lanes = new Map<string, ReadonlyMap<string, number>>();
  let readIn: number | undefined;
  return {
    of: (route) => lanes.get(route) ?? NOBODY,
    refresh: async () => {
      if (cameSpanOf(now()) === readIn) return;
      const span = cameSpanOf(now());
      lanes = new Map(
        await Promise.all(routes.map(async (route) => [route, await read(route, span)] as const)),
      );
      readIn = span;
    },
  };

  async function read(route: string, current: number): Promise<ReadonlyMap<string, number>> {
    const spans = Array.from({ length: SPANS }, (_, n) => current - 1 - n);
    return ratesOf(await Promise.all(spans.map((span) => client.hgetall(keys.came(route, span)))));
  }
}

/** @param spans newest first; of a lane that was first used within them, the time before says nothing */
function ratesOf(spans: readonly Record<string, string>[]): Map<string, number> {
  const oldest = spans.findLastIndex((counts) => Object.keys(counts).length > 0);
  const seconds = ((oldest + 1) * SPAN_MS) / 1_000;
  const rates = new Map<string, number>();
  for (const [id, count] of spans.flatMap((counts) => Object.entries(counts))) {
    rates.set(id, (rates.get(id) ?? 0) + Number(count) / seconds);
  }
  return rates;
}
