import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import type { RedisOptions } from "ioredis";
import { inject } from "vitest";
import type {} from "./global-redis.ts";

/** A client of the run's Redis; whoever opens it closes it. */
export function connectTestRedis(options: Omit<RedisOptions, "replyMapping"> = {}): Redis {
  return new Redis(inject("redisUrl"), { maxRetriesPerRequest: null, ...options });
}

/** A key prefix of this test's own; the braces keep all its keys in one slot of a cluster. */
export function freshPrefix(): string {
  return `{otpost-test-${randomBytes(6).toString("hex")}}`;
}
