import type { Base } from "./compose.ts";
import type { Connected } from "./connect.ts";
import type { Readiness } from "./http/health.ts";
import { policyCheck } from "./policy-health.ts";
import { probeRedis, type RedisHealth } from "./redis/health.ts";
import { routesCheck } from "./route-health.ts";

/** Ready means that a code would be taken: Redis writes, and this process is not on its way out. */
export async function readiness(base: Base, connected: Connected, draining: boolean): Promise<Readiness> {
  const redis = await probe(base, connected);
  return {
    ready: redis.ok,
    draining,
    checks: { redis, routes: routesCheck(connected), ...policyCheck(base) },
  };
}

/** Without the keys of the installation nothing can be taken on. */
export async function probe({ keys, vault }: Base, { client }: Connected): Promise<RedisHealth> {
  const redis = await probeRedis(client, keys);
  if (!redis.ok || vault.isOpen()) return redis;
  return { ...redis, ok: false, why: "the keys of this installation could not be read" };
}
