import type { Redis } from "ioredis";
import { SPAN_MS, SPANS, spanOf } from "../core/lane-rate.ts";
import type { Keys } from "./keys.ts";

/** What this process started goes to the store this often. */
const FLUSH_MS = 1_000;
const KEPT_MS = (SPANS + 3) * SPAN_MS;

export type LaneStarts = {
  /** A provider is called now. Costs no round trip. */
  started: (route: string) => void;
  close: () => void;
};

/** Counts the calls of all workers to each route in short spans, for those who reckon how long a line takes. */
export function createLaneStarts(client: Redis, keys: Keys, now: () => number): LaneStarts {
  const counts = new Map<string, number>();
  const flush = async () => {
    if (counts.size === 0) return;
    const pipeline = client.pipeline();
    for (const [key, count] of counts) pipeline.incrby(key, count).pexpire(key, KEPT_MS);
    counts.clear();
    await pipeline.exec();
  };
  // What is lost while Redis is away makes a lane look slower for some seconds, in which it was.
  const timer = setInterval(() => void flush().catch(() => undefined), FLUSH_MS);
  return {
    started: (route) => {
      const key = keys.starts(route, spanOf(now()));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    close: () => clearInterval(timer),
  };
}
