import type { Redis } from "ioredis";
import { isTurnClass, rankOf, tagOf, type TurnClass } from "../core/fair-share.ts";
import type { Keys } from "./keys.ts";
import { defineScript } from "./script.ts";
import { TAKE_TURN, turnKeys } from "./take-turn.ts";

/**
 * A turn for an attempt that no new delivery brings with it.
 * KEYS job, then those of takeTurn   ARGV 1 client, 2 rank of its class   returns -1 for a job that is in the lane already
 */
const NEXT_TURN = `${TAKE_TURN}
if redis.call('EXISTS', KEYS[1]) == 1 then return -1 end
return takeTurn({unpack(KEYS, 2)}, ARGV[1], tonumber(ARGV[2]))
`;

/** Moves a lane on to the tag that has started. KEYS turns   ARGV 1 tag */
const TURN_STARTED = `
local now = redis.call('HGET', KEYS[1], 'now')
if redis.call('EXISTS', KEYS[1]) == 0 or tonumber(now or '0') >= tonumber(ARGV[1]) then return 0 end
return redis.call('HSET', KEYS[1], 'now', ARGV[1])
`;

export type NewTurn = { route: string; jobId: string; clientId: string; turn: TurnClass };

export type LaneTurns = {
  /** @returns the tag of a new job; undefined when the lane holds it already */
  take: (job: NewTurn) => Promise<number | undefined>;
  /** What started in a lane. Nobody waits for it: a start that is missed is made up for by the next one. */
  started: (route: string, job: { name: string; priority: number }) => void;
};

export function createLaneTurns(client: Redis, keys: Keys): LaneTurns {
  const nextTurn = defineScript(client, "nextTurn", NEXT_TURN);
  const turnStarted = defineScript(client, "turnStarted", TURN_STARTED);
  const write = (route: string, tag: number) => turnStarted([keys.laneTurns(route)], [tag]);
  const newest = newestOnly(write);
  return {
    take: async ({ route, jobId, clientId, turn }) => {
      const lane = [keys.lane(route, jobId), ...turnKeys(keys, route, Date.now())];
      const tag = Number(await nextTurn(lane, [clientId, rankOf(turn)]));
      return tag < 0 ? undefined : tag;
    },
    started: (route, { name, priority }) => {
      // What an older version added has no turn: it goes first.
      if (priority > 0 && isTurnClass(name)) newest(route, tagOf(priority, name));
    },
  };
}

/** One write for each lane at a time; of what comes meanwhile the highest tag says all. */
function newestOnly(write: (route: string, tag: number) => Promise<unknown>) {
  const waiting = new Map<string, number>();
  const writeAll = async (route: string) => {
    for (let sent = -1; ; ) {
      const tag = waiting.get(route) ?? -1;
      if (tag <= sent) break;
      sent = tag;
      await write(route, tag).catch(() => undefined);
    }
    waiting.delete(route);
  };
  return (route: string, tag: number) => {
    const before = waiting.get(route);
    waiting.set(route, Math.max(tag, before ?? -1));
    if (before === undefined) void writeAll(route);
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
