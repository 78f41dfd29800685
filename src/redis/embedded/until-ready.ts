import { setTimeout as sleep } from "node:timers/promises";
import type { Probe } from "./probe.ts";
import type { RedisProcess } from "./server-process.ts";

const POLL_MS = 25;
const SLOW_POLL_MS = 250;
/** A server that answers nothing for this long is given up; while it answers that it is loading we wait. */
const SILENCE_MS = 60_000;
const LAST_LINES = 8;

export interface ReadyWait {
  server: RedisProcess;
  probe: () => Promise<Probe>;
  onLoading: () => void;
  signal: AbortSignal;
}

/**
 * Waits until the server takes commands: it listens, is ours and has loaded its data.
 * @throws {Error} with the last lines of its log when it ends or stays silent.
 */
export async function untilReady({ server, probe, onLoading, signal }: ReadyWait): Promise<void> {
  let heardAt = performance.now();
  let loading = false;
  while (server.isAlive()) {
    signal.throwIfAborted();
    const answer = await probe();
    if (answer.kind === "ours") {
      if (answer.ready) return;
      heardAt = performance.now();
      if (!loading) onLoading();
      loading = true;
    }
    if (answer.kind === "stranger") throw failure("another server answers at its address", server);
    if (performance.now() - heardAt > SILENCE_MS) {
      throw failure(`it gave no answer for ${SILENCE_MS / 1_000} s`, server);
    }
    await sleep(loading ? SLOW_POLL_MS : POLL_MS);
  }
  throw failure("it ended at once", server);
}

function failure(what: string, server: RedisProcess): Error {
  const lines = server.words().trimEnd().split("\n").slice(-LAST_LINES).join("\n");
  return new Error(`Redis did not start: ${what}. Its last words:\n${lines}`);
}
