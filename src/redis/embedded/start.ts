import { rmSync } from "node:fs";
import { connectionTo, describeAddress } from "./address.ts";
import type { RedisConnection } from "./address.ts";
import { findRedisBinary } from "./binary.ts";
import type { BinarySearch } from "./binary.ts";
import { createBringUp } from "./bring-up.ts";
import type { BringUp } from "./bring-up.ts";
import { lockDirectory } from "./directory-lock.ts";
import type { EmbeddedRedisEvent, EmbeddedRedisLog } from "./event.ts";
import { prepareFiles } from "./files.ts";
import { supervise } from "./supervise.ts";

export interface EmbeddedRedisSettings {
  /** Made when missing. One otpost at a time. */
  dataDir: string;
  log: EmbeddedRedisLog;
  /** Hears what the log hears, for metrics and alerts. */
  onEvent?: (event: EmbeddedRedisEvent) => void;
  search?: BinarySearch;
  /** Bytes Redis may use, 0 = no limit. Default: half of what this machine or container has, for a rewrite forks. */
  maxMemoryBytes?: number;
  /** How long close() waits for Redis to end before it kills it. Default 10 s. */
  stopWaitMs?: number;
  /** How long a living but unreachable server of this directory is given. Default 10 s. */
  orphanWaitMs?: number;
  /** Ends a start that is waiting, for instance on a large AOF. */
  signal?: AbortSignal;
}

export interface EmbeddedRedis {
  /** For ioredis; stays valid over restarts of the server. */
  options: RedisConnection;
  /** For people: socket path or host and port. */
  address: string;
  /** Whether a server that outlived an earlier otpost was taken over. */
  adopted: boolean;
  /** Undefined while the server is down and about to be restarted. */
  pid: () => number | undefined;
  /** Ends Redis and gives the directory free. May be called again. */
  close: () => Promise<void>;
}

const STOP_WAIT_MS = 10_000;

/**
 * The life of an embedded Redis:
 *
 * 1. the program is found, the directory made private and locked against another otpost;
 * 2. a server that outlived the last otpost is adopted, or ended if it cannot be reached (find-orphan.ts);
 * 3. else one is launched with a fresh configuration and awaited until its data is loaded (bring-up.ts);
 * 4. when it dies it is restarted at the same address, so that clients only have to reconnect (supervise.ts);
 * 5. close ends it in order, then removes its state and gives the lock back, in this order, so that
 *    whoever gets the lock next finds no server of ours.
 *
 * Starts this directory's own Redis, or adopts the one an earlier otpost left behind, and keeps it running.
 * @throws {Error} when there is no server program, when another living otpost has the directory,
 * or when Redis does not start; the message says what to do.
 */
export async function startEmbeddedRedis(settings: EmbeddedRedisSettings): Promise<EmbeddedRedis> {
  const binary = await findRedisBinary(settings.search);
  const files = prepareFiles(settings.dataDir);
  const lock = lockDirectory(files.dataDir);
  try {
    return await run(settings, createBringUp({ ...settings, binary, files }), () => {
      rmSync(files.state, { force: true });
      lock.release();
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function run(
  settings: EmbeddedRedisSettings,
  bringUp: BringUp,
  release: () => void,
): Promise<EmbeddedRedis> {
  const { server, address, adopted } = (await bringUp.adopt()) ?? (await bringUp.startFresh());
  const { report } = bringUp;
  report({ kind: "started", pid: server.pid, adopted, address: describeAddress(address) });
  const supervision = supervise({
    first: server,
    relaunch: (signal) => bringUp.start(address, signal),
    onEvent: report,
  });
  const stop = async (): Promise<void> => {
    const killed = await supervision.stop(settings.stopWaitMs ?? STOP_WAIT_MS);
    release();
    report({ kind: "stopped", killed });
  };
  let stopped: Promise<void> | undefined;
  return {
    options: connectionTo(address, bringUp.password),
    address: describeAddress(address),
    adopted,
    pid: () => supervision.current()?.pid,
    close: () => (stopped ??= stop()),
  };
}
