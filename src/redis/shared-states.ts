import type { Redis } from "ioredis";
import { defineScript } from "./script.ts";
import { reachable } from "./unavailable.ts";

/** KEYS states   ARGV 1 name, 2 expected version ('' = none), 3 new version, 4 state */
const SAVE_STATE = `
local seen = redis.call('HGET', KEYS[1], ARGV[1])
local version = seen and seen:match('^(%d+) ') or ''
if version ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. ' ' .. ARGV[4])
return 1
`;

export type StoredState<State> = { state: State; version: string };

export type SharedStates<State> = {
  all: () => Promise<Map<string, StoredState<State>>>;
  /** Applies a pure change to the newest state. @returns the states before and after */
  change: (name: string, change: (state: State) => State) => Promise<{ before: State; after: State }>;
};

/**
 * Small states in one hash, each with a version, so that workers do not overwrite what another one saw.
 * @param key the hash
 * @param read makes a state of what was stored, also of undefined and of what no version of ours wrote
 */
export function createSharedStates<State>(
  client: Redis,
  key: string,
  read: (stored: unknown) => State,
): SharedStates<State> {
  const save = defineScript(client, "saveState", SAVE_STATE);
  return {
    all: () =>
      reachable(async () => {
        const values = await client.hgetall(key);
        return new Map(Object.entries(values).map(([name, value]) => [name, parse(value, read)]));
      }),
    change: async (name, change) => {
      for (;;) {
        const { state: before, version } = parse(await reachable(() => client.hget(key, name)), read);
        const after = change(before);
        if (after === before) return { before, after };
        const args = [name, version, Number(version || 0) + 1, JSON.stringify(after)];
        if ((await reachable(() => save([key], args))) === 1) return { before, after };
      }
    },
  };
}

function parse<State>(value: string | null, read: (stored: unknown) => State): StoredState<State> {
  const [, version = "", state = ""] = /^(\d+) (.*)$/s.exec(value ?? "") ?? [];
  return { state: read(json(state)), version };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
