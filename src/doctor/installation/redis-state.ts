import type { Check, Finding } from "../finding.ts";
import { onRedis, type RedisLook, type SharedLook } from "./redis-look.ts";

/** How the server fares at this moment. @param now epoch ms of this machine */
export function redisStateChecks(shared: SharedLook, now: () => number): Check[] {
  return [
    onRedis(shared, "redis-memory", memoryFinding),
    onRedis(shared, "redis-writes", writeFindings),
    onRedis(shared, "redis-clock", (redis) => clockFinding(redis, now)),
    onRedis(shared, "redis-keys", keyFindings),
  ];
}

/** Shares of the memory that it may use. Source: docs/operations.md, alarms. */
const MEMORY_WARN = 0.7;
const MEMORY_FAIL = 0.9;
const MB = 1_048_576;

function memoryFinding({ info }: RedisLook): Finding[] {
  const used = Number(info.get("used_memory"));
  const max = Number(info.get("maxmemory"));
  // Without a bound of its own the machine's is the bound.
  const bound = max > 0 ? max : Number(info.get("total_system_memory"));
  if (!(used > 0 && bound > 0)) return [];
  const share = used / bound;
  const what = `${Math.round(used / MB)} of ${Math.round(bound / MB)} MB are used (${Math.round(share * 100)} %)`;
  if (share < MEMORY_WARN) return [{ level: "ok", what }];
  return [
    {
      level: share < MEMORY_FAIL ? "warn" : "fail",
      what,
      why: "When it is full Redis takes no more writes, and every new code is refused.",
      todo: `Give it more: redis-cli -u "$REDIS_URL" CONFIG SET maxmemory ${Math.ceil((used * 2) / MB)}mb, and the same line in redis.conf. See what fills it: redis-cli --bigkeys`,
    },
  ];
}

async function writeFindings({ client, keys, info }: RedisLook): Promise<Finding[]> {
  const refused = await client.set(keys.probe, "1", "PX", 60_000).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : "no answer"),
  );
  if (refused !== undefined) return [refusedFinding(refused)];
  const found = [...brokenSave(info), ...brokenRewrite(info)];
  return found.length > 0 ? found : [{ level: "ok", what: "it takes writes and saves them" }];
}

/** By the first word of Redis' errors. Source: redis.io, error prefixes. */
const WRITE_TODO: Record<string, string> = {
  MISCONF: "Free space on Redis' disk; the reason stands in its log. It takes writes again by itself.",
  OOM: 'Give it more memory: redis-cli -u "$REDIS_URL" CONFIG SET maxmemory 1gb, and the same line in redis.conf.',
  READONLY: "Let REDIS_URL lead to the master, not to a replica.",
  NOPERM: "Give the user of REDIS_URL the right to write keys of REDIS_PREFIX.",
  NOAUTH: "Put the password into REDIS_URL.",
};

function refusedFinding(message: string): Finding {
  const [kind = ""] = message.split(" ");
  return {
    level: "fail",
    what: `Redis refuses to write (${/^[A-Z]+$/.test(kind) ? kind : "no answer in time"})`,
    why: "Every new code is refused.",
    todo: WRITE_TODO[kind] ?? "Look into Redis' log.",
  };
}

function brokenSave(info: RedisLook["info"]): Finding[] {
  const names = {
    aof_last_write_status: "write of the append-only file",
    rdb_last_bgsave_status: "snapshot",
  };
  return Object.entries(names).flatMap(([field, name]): Finding[] =>
    info.get(field) === "err"
      ? [
          {
            level: "fail",
            what: `the last ${name} failed`,
            why: "What Redis holds is not on its disk: a restart would lose it.",
            todo: "Free space on Redis' disk and see that it may write there; the reason stands in its log.",
          },
        ]
      : [],
  );
}

function brokenRewrite(info: RedisLook["info"]): Finding[] {
  if (info.get("aof_last_bgrewrite_status") !== "err") return [];
  return [
    {
      level: "warn",
      what: "the last rewrite of the append-only file failed",
      why: "The file grows until the disk is full.",
      todo: "Free space on Redis' disk, or allow its fork: sysctl vm.overcommit_memory=1",
    },
  ];
}

const CLOCK_WARN_MS = 500;
/** Deadlines are kept by Redis' clock and ours together. */
const CLOCK_FAIL_MS = 2_000;

async function clockFinding({ client }: RedisLook, now: () => number): Promise<Finding[]> {
  const before = now();
  const [seconds, micros] = await client.time();
  const middle = (before + now()) / 2;
  const offMs = Math.round(Number(seconds) * 1_000 + Number(micros) / 1_000 - middle);
  const size = Math.abs(offMs);
  if (size < CLOCK_WARN_MS) return [{ level: "ok", what: `its clock and ours are ${size} ms apart` }];
  return [
    {
      level: size < CLOCK_FAIL_MS ? "warn" : "fail",
      what: `Redis' clock is ${(size / 1_000).toFixed(1)} s ${offMs > 0 ? "ahead of" : "behind"} ours`,
      why: "Codes end too early or too late, for their end is kept by both.",
      todo: "Switch time synchronisation on, on both machines: timedatectl set-ntp true",
    },
  ];
}

/** Enough to see who else lives there; a large store is not read through. */
const SCANS_MAX = 40;
const SCAN_COUNT = 500;

async function keyFindings({ client, keys }: RedisLook): Promise<Finding[]> {
  const strangers = new Set<string>();
  let [cursor, ours] = ["0", 0];
  for (let n = 0; n < SCANS_MAX; n += 1) {
    const [next, names] = await client.scan(cursor, "COUNT", SCAN_COUNT);
    for (const name of names) {
      if (name.startsWith(keys.prefix)) ours += 1;
      else strangers.add(prefixOf(name));
    }
    cursor = next;
    if (cursor === "0") break;
  }
  return strangers.size === 0
    ? [{ level: "ok", what: `all keys are those of ${keys.prefix}` }]
    : [strangerFinding([...strangers], ours, keys.prefix)];
}

/** What stands before the first colon; a name without one may be anything, so it is not shown. */
function prefixOf(name: string): string {
  return /^([\w{}.-]{1,40}):/.exec(name)?.[1] ?? "others";
}

/** The key ring of another otpost tells it apart from a cache. */
function strangerFinding(prefixes: string[], ours: number, prefix: string): Finding {
  const names = prefixes.slice(0, 5).join(", ");
  if (ours <= 1 && prefixes.some((one) => /^\{.+\}$/.test(one))) {
    return {
      level: "warn",
      what: `there is nothing of ${prefix} in this Redis, but something of ${names}`,
      why: "Another REDIS_PREFIX may have been in use: its clients, consents and codes are not found under this one.",
      todo: "Compare REDIS_PREFIX and REDIS_URL with those of the installation that runs.",
    };
  }
  return {
    level: "note",
    what: `other programs keep keys there (${names})`,
    why: "They share its memory, and a FLUSHALL of theirs takes codes and clients along.",
    todo: "Give otpost a Redis of its own.",
  };
}
