import type { Clock } from "../flows/ports.ts";

export type Throttle = {
  /** Wait in ms before this source may try again; 0 when it may. Keys that held before always may. */
  waitMs: (source: string, key: string) => number;
  failed: (source: string) => void;
  succeeded: (key: string) => void;
};

/** Wrong keys that cost nothing: a key is mistyped, or was just changed. */
const FREE_FAILURES = 5;
/** After that 1 s, 2 s, 4 s ... up to this. */
const WAIT_MAX_MS = 60_000;
const FORGET_AFTER_MS = 10 * 60_000;
/** Sources and keys in memory; the oldest make room. */
const SOURCES_MAX = 10_000;
const KEYS_MAX = 1_000;

type Failures = { count: number; lastAt: number };

/**
 * Slows a source that keeps sending wrong keys, exponentially. Counted by source, never by client: a stranger
 * that knows a client's id cannot lock it out. A key that held before is let through to its check even from a
 * slowed source, for behind one proxy or NAT everybody has the same address.
 */
export function createThrottle(clock: Pick<Clock, "now">): Throttle {
  const failures = new Map<string, Failures>();
  /** Keys as they are, in memory only, like the headers that brought them. */
  const held = new Set<string>();
  return {
    waitMs: (source, key) => {
      if (failures.size === 0) return 0;
      const seen = failures.get(source);
      return !seen || held.has(key) ? 0 : waitOf(seen, clock.now());
    },
    failed: (source) => {
      const now = clock.now();
      const seen = failures.get(source);
      const count = seen && now - seen.lastAt < FORGET_AFTER_MS ? seen.count + 1 : 1;
      failures.delete(source);
      failures.set(source, { count, lastAt: now });
      dropOldest(failures, SOURCES_MAX);
    },
    succeeded: (key) => {
      if (held.has(key)) return;
      held.add(key);
      dropOldest(held, KEYS_MAX);
    },
  };
}

/** Counted from the last failure, so that trying on while slowed does not help. */
function waitOf({ count, lastAt }: Failures, now: number): number {
  if (count < FREE_FAILURES) return 0;
  const waitMs = Math.min(WAIT_MAX_MS, 1_000 * 2 ** Math.min(count - FREE_FAILURES, 10));
  return Math.max(0, lastAt + waitMs - now);
}

/** Maps and sets keep the order of insertion. */
function dropOldest(entries: Map<string, unknown> | Set<string>, max: number): void {
  if (entries.size <= max) return;
  const oldest = entries.keys().next();
  if (!oldest.done) entries.delete(oldest.value);
}
