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
