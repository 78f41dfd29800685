import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";

export type RedisHealth = { ok: boolean; ms: number; why?: string };

/** Redis takes writes, and does not throw away what it has taken. Never throws. */
export async function probeRedis(client: Redis, keys: Keys): Promise<RedisHealth> {
  const startedAt = performance.now();
  const took = () => performance.now() - startedAt;
  try {
    await client.set(keys.probe, "1", "PX", 60_000);
    const policy = /^maxmemory_policy:(\S+)/m.exec(await client.info("memory"))?.[1];
    if (policy === undefined || policy === "noeviction") return { ok: true, ms: took() };
    return {
      ok: false,
      ms: took(),
      why: `maxmemory-policy is ${policy}, it must be noeviction or codes get lost`,
    };
  } catch {
    return { ok: false, ms: took(), why: "Redis is not reachable or refuses to write" };
  }
}

/** Accepted deliveries minus the sum over all states: 0, or something was lost or counted twice. */
export async function conservationGap(client: Redis, keys: Keys): Promise<number> {
  const { accepted = "0", ...states } = await client.hgetall(keys.counts);
  return Number(accepted) - Object.values(states).reduce((sum, count) => sum + Number(count), 0);
}
