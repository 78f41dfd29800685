import { ON_THEIR_WAY_MAX, PRIORITY_MAX } from "../core/fair-share.ts";
import { type Keys, TURNS_TTL_MS } from "./keys.ts";
import { CAME_TTL_MS, cameSpanOf } from "./lane-arrivals.ts";

/** A lane that was empty for this long starts anew: whatever was on its way has come. */
const SETTLED_MS = 1_000;
/** Half of BullMQ's range is left for the rest of a lane's busy time; an empty lane past it starts anew at once. */
const HALF = Math.floor(PRIORITY_MAX / 2);

/** How many keys `takeTurn` works on. */
export const TURN_KEYS = 5;

/** What `takeTurn` below works on: turns, came, prioritized, delayed, active. */
export function turnKeys(keys: Keys, route: string, now: number): string[] {
  const states = (["prioritized", "delayed", "active"] as const).map((state) => keys.lane(route, state));
  return [keys.laneTurns(route), keys.came(route, cameSpanOf(now)), ...states];
}

/**
 * Lua: the next tag of a client in a lane, as `nextTag` of core/fair-share.ts has it; the client is counted among
 * those who come. Part of the scripts that put an attempt into its lane, so that it costs no round trip of its own.
 */
export const TAKE_TURN = `
local function takeTurn(keys, client, rank)
  local now = tonumber(redis.call('HGET', keys[1], 'now') or '0')
  local isSettled = redis.call('PTTL', keys[1]) < ${TURNS_TTL_MS - SETTLED_MS}
  if (isSettled or now > ${HALF}) and redis.call('EXISTS', keys[3], keys[4], keys[5]) == 0 then
    redis.call('DEL', keys[1])
    now = 0
  end
  local fields = {}
  for r = 0, rank do fields[r + 1] = r .. ':' .. client end
  local last = -1
  for _, tag in ipairs(redis.call('HMGET', keys[1], unpack(fields))) do
    last = math.max(last, tonumber(tag or -1))
  end
  local waiting = redis.call('ZCARD', keys[3])
  local tag = math.max(now, math.min(last + 1, now + waiting + ${ON_THEIR_WAY_MAX}))
  redis.call('HSET', keys[1], fields[#fields], tag)
  redis.call('PEXPIRE', keys[1], ${TURNS_TTL_MS})
  redis.call('HINCRBY', keys[2], client, 1)
  redis.call('PEXPIRE', keys[2], ${CAME_TTL_MS})
  return tag
end
`;
