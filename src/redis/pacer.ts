import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { type Rules, routeRules } from "../core/rules.ts";
import type { Pacer } from "../flows/ports.ts";
import type { Keys } from "./keys.ts";
import { defineScript } from "./script.ts";
import { reachable } from "./unavailable.ts";

/**
 * Takes the next free slot of an account. Slots are 1/rate apart and never in the past, so a pause is not
 * followed by a burst.
 * KEYS slot   ARGV 1 interval ms, fractions count   returns ms to wait
 */
const TAKE_SLOT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local free = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%.3f', free + ARGV[1]), 'PX', 60000)
return math.ceil(free - now)
`;

/**
 * Even pacing over all routes and workers of an account. A lane paces itself, so only accounts with several
 * lanes need a common clock; the others pay no round trip for it.
 */
export function createPacer(client: Redis, keys: Keys, rules: Rules): Pacer {
  const takeSlot = defineScript(client, "takeSlot", TAKE_SLOT);
  const shared = sharedAccounts(rules);
  return {
    turn: async (route, signal) => {
      const { account, perSecond } = routeRules(rules, route);
      if (perSecond <= 0 || !shared.has(account)) return;
      const waitMs = Number(await reachable(() => takeSlot([keys.slot(account)], [1_000 / perSecond])));
      if (waitMs > 0) await sleep(waitMs, undefined, { signal });
    },
  };
}

function sharedAccounts(rules: Rules): Set<string> {
  const accounts = [...rules.routes.values()].map((route) => route.account);
  return new Set(accounts.filter((account, index) => accounts.indexOf(account) !== index));
}
