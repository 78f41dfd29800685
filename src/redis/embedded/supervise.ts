import { setTimeout as sleep } from "node:timers/promises";
import type { EmbeddedRedisEvent } from "./event.ts";
import { terminate } from "./server-process.ts";
import type { RedisProcess } from "./server-process.ts";

/** Short: while Redis is down every request is answered 503. */
const FIRST_DELAY_MS = 100;
const DELAY_CAP_MS = 10_000;
const LATE_STOP_MS = 5_000;
/** After this long a server counts as healthy again, and its next death is answered at once. */
const STEADY_MS = 30_000;

export interface Supervision {
  /** The running server; undefined between its death and its return. */
  current: () => RedisProcess | undefined;
  /** Ends the watch and the server. @returns whether the server had to be killed. */
  stop: (waitMs: number) => Promise<boolean>;
}

export interface SuperviseDeps {
  first: RedisProcess;
  /** Launches a server and waits until it is ready; must leave none behind when it throws. */
  relaunch: (signal: AbortSignal) => Promise<RedisProcess>;
  onEvent: (event: EmbeddedRedisEvent) => void;
}

/** Delay before the nth restart in a row (from 0), whole ms. */
export function restartDelayMs(restarts: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** restarts, DELAY_CAP_MS);
}

/**
 * Keeps a server running. It never gives up, for the deliveries wait in its files and the fault (a full disk,
 * too little memory) may pass; each death and each failed restart is reported.
 */
export function supervise(deps: SuperviseDeps): Supervision {
  const { first, onEvent } = deps;
  const stopping = new AbortController();
  let current: RedisProcess | undefined = first;

  const watch = async (): Promise<void> => {
    let restarts = 0;
    for (let server = first; ; current = server) {
      const since = performance.now();
      const death = await server.died;
      if (stopping.signal.aborted) return;
      current = undefined;
      onEvent({ kind: "died", pid: server.pid, ...death });
      if (performance.now() - since > STEADY_MS) restarts = 0;
      const next = await restart(restarts, deps, stopping.signal);
      if (next === undefined) return;
      ({ server, restarts } = next);
      // It became ready in the moment of the stop, which saw no server to end.
      if (stopping.signal.aborted) return void (await terminate(server, LATE_STOP_MS));
      onEvent({ kind: "restarted", pid: server.pid, restarts });
    }
  };

  const watched = watch();
  return {
    current: () => current,
    stop: async (waitMs) => {
      stopping.abort();
      const killed = current === undefined ? false : await terminate(current, waitMs);
      await watched;
      return killed;
    },
  };
}

/** Tries until a server runs, or the signal ends it (undefined). `before` counts the restarts in a row so far. */
async function restart(
  before: number,
  { relaunch, onEvent }: SuperviseDeps,
  signal: AbortSignal,
): Promise<{ server: RedisProcess; restarts: number } | undefined> {
  for (let restarts = before; ; restarts += 1) {
    try {
      await sleep(restartDelayMs(restarts), undefined, { signal });
      return { server: await relaunch(signal), restarts: restarts + 1 };
    } catch (error) {
      if (signal.aborted) return undefined;
      const retryInMs = restartDelayMs(restarts + 1);
      onEvent({ kind: "restart_failed", restarts: restarts + 1, retryInMs, error: error as Error });
    }
  }
}
