import type { Check, Finding } from "../finding.ts";
import { onRedis, type RedisLook, type SharedLook } from "./redis-look.ts";

/** How the server is set up: what would lose codes that were promised. */
export function redisServerChecks(shared: SharedLook): Check[] {
  return [
    { name: "redis", run: async () => reached(await shared.look()) },
    onRedis(shared, "redis-eviction", evictionFinding),
    onRedis(shared, "redis-aof", aofFinding),
    onRedis(shared, "redis-latency", latencyFindings),
  ];
}

/** Source: BullMQ's documentation; the scripts of the stores need nothing newer. */
const OLDEST = [6, 2] as const;
const CLI = 'redis-cli -u "$REDIS_URL"';

function reached(redis: RedisLook | { away: string }): Finding[] {
  if ("away" in redis) {
    return [
      {
        level: "fail",
        what: `Redis does not answer (${redis.away})`,
        why: "Every code is refused while it is away.",
        todo: "Start it, and compare REDIS_URL with it; without REDIS_URL start otpost itself with this DATA_DIR.",
      },
    ];
  }
  if (redis.info.get("loading") === "1") return [loading()];
  return [versionFinding(redis.info.get("redis_version") ?? "")];
}

/** Valkey tells the version of Redis that it is compatible with in the same place. */
function versionFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = version !== "" && (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]));
  if (!isOld) return { level: "ok", what: `Redis ${version || "of an untold version"} answers` };
  return {
    level: "fail",
    what: `Redis ${version} is too old`,
    why: "The queues need commands that came with 6.2.",
    todo: "Install Redis 7.2 or Valkey 8, or newer.",
  };
}

function loading(): Finding {
  return {
    level: "warn",
    what: "Redis is reading its files back",
    why: "It takes no code until it is done, which lasts seconds to minutes after a start.",
    todo: "Wait, then run otpost doctor again.",
  };
}

function evictionFinding({ info }: RedisLook): Finding[] {
  const policy = info.get("maxmemory_policy");
  if (policy === undefined) return [];
  if (policy === "noeviction") return [{ level: "ok", what: "nothing is evicted" }];
  return [
    {
      level: "fail",
      what: `maxmemory-policy is ${policy}`,
      why: "Once memory is short, Redis throws away codes and jobs that were promised.",
      todo: `${CLI} CONFIG SET maxmemory-policy noeviction, and the same line in redis.conf.`,
    },
  ];
}

function aofFinding({ info }: RedisLook): Finding[] {
  const enabled = info.get("aof_enabled");
  if (enabled === undefined) return [];
  if (enabled === "1") return [{ level: "ok", what: "the append-only file is on" }];
  return [
    {
      level: "fail",
      what: "the append-only file is off",
      why: "A restart of Redis loses every code that is under way, although it was promised with a 202.",
      todo: `${CLI} CONFIG SET appendonly yes, and the same line in redis.conf.`,
    },
  ];
}

const PINGS = 9;
/** A send takes some ten round trips; from here on they are felt by whoever waits for a code. */
const SLOW_MS = 10;
const TOO_SLOW_MS = 100;

async function latencyFindings({ client }: RedisLook): Promise<Finding[]> {
  const took: number[] = [];
  for (let n = 0; n < PINGS; n += 1) {
    const startedAt = performance.now();
    await client.ping();
    took.push(performance.now() - startedAt);
  }
  // The best of them: the others waited for what else this command does meanwhile.
  const best = Math.min(...took);
  const words = `a round trip takes ${best < 1 ? "less than 1" : Math.round(best)} ms`;
  if (best < SLOW_MS) return [{ level: "ok", what: words }];
  return [
    {
      level: best < TOO_SLOW_MS ? "note" : "warn",
      what: words,
      why: "Each code needs about ten of them, and intake answers within 1.2 s.",
      todo: "Run Redis in the same network, and look for slow commands: redis-cli SLOWLOG GET 10.",
    },
  ];
}
