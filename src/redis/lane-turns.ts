import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import {
  isTurnClass,
  ON_THEIR_WAY_MAX,
  PRIORITY_MAX,
  priorityOf,
  rankOf,
  tagOf,
  type TurnClass,
} from "../core/fair-share.ts";
import { type Keys, TURNS_TTL_MS } from "./keys.ts";
import { defineScript } from "./script.ts";

/** A lane that was empty for this long starts anew: whatever was on its way has come. */
const SETTLED_MS = 1_000;

/**
 * The next tag of a client in a lane, as `nextTag` of core/fair-share.ts has it. Half of the range is left for the
 * rest of a lane's busy time; an empty lane past it starts anew at once.
 * KEYS turns, job, prioritized, delayed, active
 * ARGV 1 client, 2 rank of the class, 3 ttl, 4 on their way at most, 5 half of the range, 6 ms after which a lane has settled
 * returns -1 for a job that is in the lane already
 */
const TAKE_TURN = `
if redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
local now = tonumber(redis.call('HGET', KEYS[1], 'now') or '0')
local isSettled = redis.call('PTTL', KEYS[1]) < ARGV[3] - ARGV[6]
if (isSettled or now > tonumber(ARGV[5])) and redis.call('EXISTS', KEYS[3], KEYS[4], KEYS[5]) == 0 then
  redis.call('DEL', KEYS[1])
  now = 0
end
local fields = {}
for rank = 0, ARGV[2] do fields[rank + 1] = rank .. ':' .. ARGV[1] end
local last = -1
for _, tag in ipairs(redis.call('HMGET', KEYS[1], unpack(fields))) do
  last = math.max(last, tonumber(tag or -1))
end
local waiting = redis.call('ZCARD', KEYS[3])
local tag = math.max(now, math.min(last + 1, now + waiting + ARGV[4]))
redis.call('HSET', KEYS[1], fields[#fields], tag)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return tag
`;

/** Counts a start and moves its lane on to the tag that has started. KEYS turns   ARGV 1 tag */
const TURN_STARTED = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'starts', 1)
if tonumber(redis.call('HGET', KEYS[1], 'now') or '0') < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'now', ARGV[1])
end
return 1
`;

export type Turn = { jobId: string; clientId: string; turn: TurnClass };

export type JobTurns = {
  /** @returns the priority of a new job; undefined when the lane holds it already */
  take: (lane: Pick<Queue, "toKey" | "name">, turn: Turn) => Promise<number | undefined>;
  /** What started in a lane. Waits for nothing: a start that is missed is made up for by the next one. */
  started: (lane: string, job: { name: string; priority: number }) => void;
};

/** One round trip for each new attempt, and one for each start that nobody waits for. */
export function createLaneTurns(client: Redis, keys: Keys): JobTurns {
  const takeTurn = defineScript(client, "takeTurn", TAKE_TURN);
  const turnStarted = defineScript(client, "turnStarted", TURN_STARTED);
  const half = Math.floor(PRIORITY_MAX / 2);
  return {
    take: async (lane, { jobId, clientId, turn }) => {
      const states = ["prioritized", "delayed", "active"].map((state) => lane.toKey(state));
      const tag = Number(
        await takeTurn(
          [keys.laneTurns(lane.name), lane.toKey(jobId), ...states],
          [clientId, rankOf(turn), TURNS_TTL_MS, ON_THEIR_WAY_MAX, half, SETTLED_MS],
        ),
      );
      return tag < 0 ? undefined : priorityOf(tag, turn);
    },
    started: (lane, { name, priority }) => {
      // What an older version added has no turn: it goes first.
      if (priority === 0 || !isTurnClass(name)) return;
      void turnStarted([keys.laneTurns(lane)], [tagOf(priority, name)]).catch(() => undefined);
    },
  };
}

/** How many attempts of each client wait at most, from the hash of a lane. */
export function backlogsOf(turns: Record<string, string>): Map<string, number> {
  const now = Number(turns["now"] ?? 0);
  const backlogs = new Map<string, number>();
  for (const [field, tag] of Object.entries(turns)) {
    const clientId = /^\d:(.+)$/.exec(field)?.[1];
    const behind = Number(tag) - now + 1;
    if (clientId === undefined || behind <= 0) continue;
    backlogs.set(clientId, Math.max(behind, backlogs.get(clientId) ?? 0));
  }
  return backlogs;
}
