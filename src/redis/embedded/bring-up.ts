import { totalmem } from "node:os";
import { chooseAddress, loopbackAddress } from "./address.ts";
import type { RedisBinary } from "./binary.ts";
import { logEvent } from "./event.ts";
import type { EmbeddedRedisEvent, EmbeddedRedisLog } from "./event.ts";
import { ensurePassword } from "./files.ts";
import type { ListenAddress, RedisFiles } from "./files.ts";
import { findOrphan } from "./find-orphan.ts";
import { probe } from "./probe.ts";
import { launch, recordProcess, terminate, watchProcess } from "./server-process.ts";
import type { RedisProcess } from "./server-process.ts";
import { untilReady } from "./until-ready.ts";

export interface BringUpDeps {
  binary: RedisBinary;
  files: RedisFiles;
  log: EmbeddedRedisLog;
  onEvent?: (event: EmbeddedRedisEvent) => void;
  maxMemoryBytes?: number;
  orphanWaitMs?: number;
  signal?: AbortSignal;
}

export interface Started {
  server: RedisProcess;
  address: ListenAddress;
  adopted: boolean;
}

/** The ways to a ready server. Each one that throws leaves no server behind. */
export interface BringUp {
  password: string;
  report: (event: EmbeddedRedisEvent) => void;
  /** Takes over the server that an earlier otpost left, also while it loads its data; undefined without one. */
  adopt: () => Promise<Started | undefined>;
  /** Chooses an address and starts a server there. */
  startFresh: () => Promise<Started>;
  /** Starts a server at an address whose clients already know it. */
  start: (address: ListenAddress, signal: AbortSignal) => Promise<RedisProcess>;
}

const PROBE_MS = 2_000;
const ORPHAN_WAIT_MS = 10_000;
const GIVE_UP_WAIT_MS = 5_000;
/** Tries of a fresh start: the free port may be gone again, and some file systems take no sockets. */
const ADDRESS_TRIES = 3;

export function createBringUp(deps: BringUpDeps): BringUp {
  const { binary, files, signal = new AbortController().signal } = deps;
  const password = ensurePassword(files);
  const maxMemoryBytes = deps.maxMemoryBytes ?? halfOfMemory();

  const report = (event: EmbeddedRedisEvent): void => {
    logEvent(deps.log, event);
    deps.onEvent?.(event);
  };

  const settle: Settle = async (server, address, until) => {
    const ask = () => probe(address, password, files.redisDir, PROBE_MS);
    const onLoading = () => report({ kind: "loading", pid: server.pid });
    try {
      await untilReady({ server, probe: ask, onLoading, signal: until });
      return server;
    } catch (error) {
      await terminate(server, GIVE_UP_WAIT_MS);
      throw error;
    }
  };

  const start: BringUp["start"] = async (address, until) => {
    const settings = { files, address, password, version: binary.version, maxMemoryBytes };
    return settle(launch(binary, settings), address, until);
  };

  const startAt = (address: ListenAddress) => start(address, signal);
  return {
    password,
    report,
    start,
    adopt: async () => {
      const orphan = await findOrphan(files, password, deps.orphanWaitMs ?? ORPHAN_WAIT_MS);
      if (orphan === undefined) return undefined;
      recordProcess(files, orphan.address, orphan.pid);
      const server = await settle(watchProcess(orphan.pid), orphan.address, signal);
      return { server, address: orphan.address, adopted: true };
    },
    startFresh: () => startSomewhere(files, startAt),
  };
}

type Settle = (server: RedisProcess, address: ListenAddress, until: AbortSignal) => Promise<RedisProcess>;

/** A restart keeps its address, for clients hold it; a first start may look for another one. */
async function startSomewhere(
  files: RedisFiles,
  startAt: (address: ListenAddress) => Promise<RedisProcess>,
): Promise<Started> {
  let address = await chooseAddress(files);
  for (let tries = 1; ; tries += 1) {
    try {
      return { server: await startAt(address), address, adopted: false };
    } catch (error) {
      if (tries === ADDRESS_TRIES || !isAboutAddress(error as Error)) throw error;
      address = await loopbackAddress();
    }
  }
}

/** Redis says "Failed opening Unix socket" or "bind: Address already in use" in its log. */
function isAboutAddress(error: Error): boolean {
  return /opening unix socket|address already in use|could not create server tcp/i.test(error.message);
}

/** A rewrite of the AOF forks and may for a while need the memory twice. */
function halfOfMemory(): number {
  // 0 or a number beyond the machine's own when no container limit is set.
  const limit = process.constrainedMemory() ?? 0;
  const available = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return Math.floor(available / 2);
}
