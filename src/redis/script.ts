import type { Redis } from "ioredis";

/** Buffers reach the script byte by byte, as Lua's strings are. */
export type ScriptArg = string | number | Buffer;
export type Script = (keys: readonly string[], args: readonly ScriptArg[]) => Promise<unknown>;

/** A Lua script as a function; sent once, called by its hash. Names must not be ioredis' own properties. */
export function defineScript(client: Redis, name: string, lua: string): Script {
  const command = `otpost_${name}`;
  client.defineCommand(command, { lua });
  const run = (client as unknown as Record<string, (...args: ScriptArg[]) => Promise<unknown>>)[command];
  if (!run) throw new Error(`Redis client has no command ${command}`);
  return (keys, args) => run.call(client, keys.length, ...keys, ...args);
}

/**
 * Lua that notes a list in an index by age: KEYS 1 list, 2 index. Lists that are too old or too many leave both.
 * The arguments are the places of now, ttl (ms) and the most lists, such as ARGV[1]
 */
export function boundedIn({ now, ttl, max }: { now: string; ttl: string; max: string }): string {
  return `
redis.call('PEXPIRE', KEYS[1], ${ttl})
redis.call('ZADD', KEYS[2], ${now}, KEYS[1])
redis.call('PEXPIRE', KEYS[2], ${ttl})
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ${now} - ${ttl})
local surplus = redis.call('ZCARD', KEYS[2]) - tonumber(${max})
if surplus > 0 then
  for _, old in ipairs(redis.call('ZRANGE', KEYS[2], 0, surplus - 1)) do redis.call('DEL', old) end
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, surplus - 1)
end
return 1
`;
}
