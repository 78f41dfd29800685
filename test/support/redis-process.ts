import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Redis } from "ioredis";
import { findRedisBinary } from "../../src/redis/embedded/binary.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./ports.ts";
import { closeLater, freshDir } from "./service.ts";

/** A Redis as an operator runs one: AOF on, nothing evicted, a port that stays over restarts. */
export async function startRedisProcess() {
  const dir = freshDir();
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 50 });
  client.on("error", () => undefined);
  closeLater(() => client.disconnect());
  let server = await launch(dir, port);
  await ready(url);
  const signal = (name: NodeJS.Signals) => void server.kill(name);
  const stop = async (name: NodeJS.Signals = "SIGTERM"): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    signal(name);
    await exited;
  };
  closeLater(() => stop("SIGKILL"));
  return {
    url,
    dir,
    client,
    signal,
    stop,
    start: async (): Promise<void> => {
      server = await launch(dir, port);
      await ready(url);
    },
  };
}

async function launch(dir: string, port: number): Promise<ChildProcess> {
  const { file } = await findRedisBinary();
  const settings = {
    bind: "127.0.0.1",
    port,
    dir,
    save: "",
    appendonly: "yes",
    "maxmemory-policy": "noeviction",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn(file, args, { stdio: "ignore" });
  await once(server, "spawn");
  return server;
}

async function ready(url: string): Promise<void> {
  await eventually(
    async () => {
      const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 });
      redis.on("error", () => undefined);
      await redis
        .connect()
        .then(() => redis.ping())
        .finally(() => redis.disconnect());
    },
    { timeoutMs: 10_000 },
  );
}
