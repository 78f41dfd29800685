import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { RedisAddress } from "../src/redis/client.ts";
import { startEmbeddedRedis } from "../src/redis/embedded/start.ts";

export type BenchRedis = {
  address: RedisAddress;
  /** A folder of this run, also for what belongs to the service under test. */
  folder: string;
  /** For measuring; never used by what is measured. */
  client: Redis;
  /** Such as `Redis 7.0.15`. */
  version: string;
  /** Remembers what is there now: settings and keys of clients, no deliveries. */
  remember: () => Promise<void>;
  /** Empties Redis but for what was remembered, so that every run meets the same one. */
  restore: () => Promise<void>;
  close: () => Promise<void>;
};

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The Redis that `npm start` brings: AOF, fsync every second, a data directory of its own. */
export async function startBenchRedis(): Promise<BenchRedis> {
  const folder = mkdtempSync(join(tmpdir(), "otpost-bench-"));
  const forget = () => rmSync(folder, { recursive: true, force: true });
  const server = await startEmbeddedRedis({ dataDir: join(folder, "redis"), log: quiet }).catch((error) => {
    forget();
    throw error;
  });
  const client = new Redis({ ...server.options });
  let kept: { key: string; value: Buffer }[] = [];
  return {
    address: server.options,
    folder,
    client,
    version: `Redis ${/redis_version:(\S+)/.exec(await client.info("server"))?.[1] ?? "unknown"}`,
    remember: async () => {
      kept = await dump(client);
    },
    restore: async () => {
      await client.flushall("SYNC");
      for (const { key, value } of kept) await client.restore(key, 0, value);
    },
    close: async () => {
      client.disconnect();
      await server.close();
      forget();
    },
  };
}

/** A handful of keys: the bench starts on an empty server. */
async function dump(client: Redis) {
  const keys = await client.keys("*");
  const values = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return keys.flatMap((key, index) => {
    const value = values[index];
    return value ? [{ key, value }] : [];
  });
}

export async function usedMemoryBytes(client: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
}

/** How often each command ran since the counts were set back, by name; scripts' own calls are in it. */
export async function commandCalls(client: Redis): Promise<Map<string, number>> {
  const info = await client.info("commandstats");
  const lines = [...info.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)];
  return new Map(lines.map(([, name = "", calls]) => [name, Number(calls)]));
}

/** CPU time that the server has used so far, persistence included. */
export async function redisCpuUs(client: Redis): Promise<number> {
  const info = await client.info("cpu");
  const seconds = ["used_cpu_sys", "used_cpu_user"].map(
    (n) => new RegExp(`^${n}:(\\S+)`, "m").exec(info)?.[1],
  );
  return seconds.reduce((sum, text) => sum + Number(text) * 1e6, 0);
}
