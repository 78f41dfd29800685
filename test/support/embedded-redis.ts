import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { createLogger } from "../../src/platform/logger.ts";
import type { EmbeddedRedisEvent } from "../../src/redis/embedded/event.ts";
import { prepareFiles, readState } from "../../src/redis/embedded/files.ts";
import { isSameProcess } from "../../src/redis/embedded/process-identity.ts";
import { startEmbeddedRedis } from "../../src/redis/embedded/start.ts";
import type { EmbeddedRedis, EmbeddedRedisSettings } from "../../src/redis/embedded/start.ts";

const open: { close: () => Promise<unknown> }[] = [];

/** Has this closed by the next closeAll, in reverse order. */
export function closeLater(close: () => Promise<unknown>): void {
  open.push({ close });
}

export async function closeAll(): Promise<void> {
  for (const one of open.splice(0).reverse()) await one.close();
}

/** A path in a fresh directory, made only when it has no name of its own. closeAll removes it with any server on it. */
export function freshDir(name = ""): string {
  const dir = mkdtempSync(join(tmpdir(), "otpost-embedded-"));
  const path = join(dir, name);
  closeLater(async () => {
    killServer(path);
    rmSync(dir, { recursive: true, force: true });
  });
  return path;
}

function killServer(dataDir: string): void {
  const file = join(dataDir, "redis-state.json");
  if (!existsSync(file)) return;
  const { pid, identity } = readState(prepareFiles(dataDir)) ?? {};
  if (pid !== undefined && isSameProcess(pid, identity)) process.kill(pid, "SIGKILL");
}

export interface WatchedRedis {
  redis: EmbeddedRedis;
  events: EmbeddedRedisEvent[];
  /** The log, by lines. */
  written: string[];
}

export async function startEmbedded(
  settings: Partial<EmbeddedRedisSettings> & { dataDir: string },
): Promise<WatchedRedis> {
  const written: string[] = [];
  const events: EmbeddedRedisEvent[] = [];
  const log = createLogger({ level: "info", write: (line) => written.push(line) });
  const redis = await startEmbeddedRedis({ log, onEvent: (event) => events.push(event), ...settings });
  closeLater(redis.close);
  return { redis, events, written };
}

export function connectTo(redis: EmbeddedRedis): Redis {
  const client = new Redis({ ...redis.options, protocol: 2, retryStrategy: () => 50 });
  client.on("error", () => undefined);
  closeLater(async () => client.disconnect());
  return client;
}
