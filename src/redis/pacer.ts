import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { type Rules, routeRules } from "../core/rules.ts";
import type { Pacer } from "../flows/ports.ts";
import type { Keys } from "./keys.ts";
import { createSlots } from "./slots.ts";
import { reachable } from "./unavailable.ts";

/** A send never gives its slot up: who waits too long for it was moved to another route before. */
const WITHIN_MS = Number.MAX_SAFE_INTEGER;

/**
 * Even pacing over all routes and workers of an account. A lane paces itself, so only accounts with several
 * lanes need a common clock; the others pay no round trip for it.
 */
export function createPacer(client: Redis, keys: Keys, rules: Rules): Pacer {
  const takeSlot = createSlots(client);
  return {
    turn: async (route, signal) => {
      const { account, perSecond } = routeRules(rules, route);
      if (perSecond <= 0 || !isShared(account, rules)) return;
      const take = () => takeSlot(keys.slot(account), 1_000 / perSecond, WITHIN_MS);
      const waitMs = (await reachable(take)) ?? 0;
      if (waitMs > 0) await sleep(waitMs, undefined, { signal });
    },
  };
}

/** Asked each time: the operator's policy may give a route another account. */
function isShared(account: string, { routes }: Rules): boolean {
  return [...routes.values()].filter((route) => route.account === account).length > 1;
}
