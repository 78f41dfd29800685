import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { RedisAddress } from "../../src/redis/client.ts";
import { findRedisBinary } from "../../src/redis/embedded/binary.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./ports.ts";

export type OwnRedis = {
  address: RedisAddress & { host: string; port: number };
  /** Stops answering without closing a connection; `thaw` undoes it. */
  freeze: () => void;
  thaw: () => void;
  stop: () => Promise<void>;
};

/** A Redis server that belongs to one test, for it will be hurt. */
export async function startOwnRedis(): Promise<OwnRedis> {
  const { file } = await findRedisBinary();
  const dir = await mkdtemp(join(tmpdir(), "otpost-own-redis-"));
  const address = { host: "127.0.0.1", port: await freePort() };
  const where = ["--bind", address.host, "--port", String(address.port), "--dir", dir];
  const keep = ["--save", "", "--appendonly", "no", "--hash-max-listpack-value", "1024"];
  const server = spawn(file, [...where, ...keep], { stdio: "ignore" });
  await once(server, "spawn");
  await ready(address);
  return {
    address,
    freeze: () => void server.kill("SIGSTOP"),
    thaw: () => void server.kill("SIGCONT"),
    stop: async () => {
      await end(server);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function ready(address: RedisAddress): Promise<void> {
  const client = new Redis({ ...address, retryStrategy: () => 20 });
  client.on("error", () => undefined);
  await eventually(async () => client.ping(), { timeoutMs: 10_000 });
  client.disconnect();
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, "exit");
  server.kill("SIGKILL");
  await exited;
}
