import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { TestProject } from "vitest/node";
import { findRedisBinary } from "../../src/redis/embedded/binary.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./ports.ts";

declare module "vitest" {
  interface ProvidedContext {
    redisUrl: string;
  }
}

/** Gives the project a real Redis: the one of REDIS_URL, else a private one without persistence. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["REDIS_URL"];
  const { url, stop } = given ? { url: given, stop: async () => undefined } : await startPrivateRedis();
  await ping(url).catch(async (error: unknown) => {
    await stop();
    throw new Error(`The test Redis at ${new URL(url).host} does not answer.`, { cause: error });
  });
  project.provide("redisUrl", url);
  return stop;
}

async function startPrivateRedis(): Promise<{ url: string; stop: () => Promise<void> }> {
  const { file, version } = await findRedisBinary();
  const dir = await mkdtemp(join(tmpdir(), "otpost-test-redis-"));
  const port = await freePort();
  const hashValue = version[0] < 7 ? "--hash-max-ziplist-value" : "--hash-max-listpack-value";
  const args = [
    "--bind",
    "127.0.0.1",
    "--port",
    String(port),
    "--dir",
    dir,
    "--save",
    "",
    "--appendonly",
    "no",
  ];
  const server = spawn(file, [...args, hashValue, "1024", "--maxmemory-policy", "noeviction"], {
    stdio: "ignore",
  });
  await once(server, "spawn");
  const stop = async (): Promise<void> => {
    await end(server);
    await rm(dir, { recursive: true, force: true });
  };
  return { url: `redis://127.0.0.1:${port}`, stop };
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, "exit");
  server.kill("SIGTERM");
  await exited;
}

async function ping(url: string): Promise<void> {
  await eventually(
    async () => {
      const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 });
      redis.on("error", () => undefined);
      await redis
        .connect()
        .then(() => redis.ping())
        .finally(() => redis.disconnect());
    },
    { timeoutMs: 10_000, everyMs: 50 },
  );
}
