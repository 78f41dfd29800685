import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Redis } from "ioredis";
import type { Config } from "../../config.ts";
import { failFastClient, onClientErrors, whenReady } from "../../redis/client.ts";
import { createKeys, type Keys } from "../../redis/keys.ts";
import { joinRedis } from "../../redis-home.ts";
import type { Check, Finding } from "../finding.ts";

/** The Redis of the installation, as all checks of it share it. */
export type RedisLook = {
  client: Redis;
  keys: Keys;
  /** INFO, by field. */
  info: ReadonlyMap<string, string>;
};

export type SharedLook = {
  /** One connection for all; `away` holds Redis' own words or the system's, never a password. */
  look: () => Promise<RedisLook | { away: string }>;
  close: () => void;
};

const READY_MS = 3_000;

export function createRedisLook(config: Config): SharedLook {
  let client: Redis | undefined;
  let looking: Promise<RedisLook | { away: string }> | undefined;
  const open = async (): Promise<RedisLook | { away: string }> => {
    // Asked first: joining an embedded Redis makes its files, and a look changes nothing.
    if (config.REDIS_URL === undefined && !existsSync(join(config.DATA_DIR, "redis-state.json"))) {
      return { away: "REDIS_URL is not set, and no otpost has run with this DATA_DIR" };
    }
    let lastError = "no answer";
    const opened = failFastClient(joinRedis(config).address, "otpost-doctor");
    client = opened;
    onClientErrors(opened, (message) => {
      lastError = message;
    });
    try {
      await whenReady(opened, READY_MS);
      return { client: opened, keys: createKeys(config.REDIS_PREFIX), info: fieldsOf(await opened.info()) };
    } catch (error) {
      const said = error instanceof Error && opened.status === "ready" ? error.message : lastError;
      return { away: said };
    }
  };
  return { look: () => (looking ??= open()), close: () => client?.disconnect() };
}

/** Runs only where Redis answers: one check tells that it does not, the others would only repeat it. */
export function onRedis(
  { look }: Pick<SharedLook, "look">,
  name: string,
  run: (redis: RedisLook) => Promise<Finding[]> | Finding[],
): Check {
  return {
    name,
    run: async () => {
      const redis = await look();
      return "away" in redis ? [] : run(redis);
    },
  };
}

/** Lines of INFO are `name:value`. Source: redis.io, INFO. */
function fieldsOf(info: string): ReadonlyMap<string, string> {
  const lines = info.split(/\r?\n/).filter((line) => line.includes(":"));
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
  );
}
