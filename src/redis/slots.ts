import type { Redis } from "ioredis";
import { defineScript } from "./script.ts";

/**
 * Takes the next free slot of a key. Slots are an interval apart and never in the past, so a pause is not
 * followed by a burst. One that would come too late is left to others.
 * KEYS slot   ARGV 1 interval ms, fractions count   2 longest wait ms   returns ms to wait, -1 = none in time
 */
const TAKE_SLOT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local free = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
if free - now > tonumber(ARGV[2]) then return -1 end
redis.call('SET', KEYS[1], string.format('%.3f', free + ARGV[1]), 'PX', 60000)
return math.ceil(free - now)
`;

/** @returns ms until the slot, undefined where none comes within `withinMs` */
export type TakeSlot = (key: string, everyMs: number, withinMs: number) => Promise<number | undefined>;

/** Even pacing by Redis' clock, for everybody who names the same key. */
export function createSlots(client: Redis): TakeSlot {
  const take = defineScript(client, "takeSlot", TAKE_SLOT);
  return async (key, everyMs, withinMs) => {
    const waitMs = Number(await take([key], [everyMs, withinMs]));
    return waitMs < 0 ? undefined : waitMs;
  };
}
