import type { Redis } from "ioredis";
import type { OperatorWord } from "./core/operator-word.ts";
import { type RouteFacts, routeFacts, routesInstead } from "./core/route-facts.ts";
import type { RouteSummary } from "./core/rules.ts";
import type { Events } from "./flows/events.ts";
import { createCircuitStore } from "./redis/circuit-store.ts";
import type { Keys } from "./redis/keys.ts";
import { createOrderStore } from "./redis/order-store.ts";
import type { Queues } from "./redis/queues.ts";
import { expectedWaitMs, readLanes } from "./redis/route-states.ts";

/** What operators see and say of routes, the same for the command line and the operator listener. */

export type NewWord = Pick<OperatorWord, "kind" | "by" | "why"> & { forMs: number };

export type RouteDesk = {
  list: () => Promise<RouteFacts[]>;
  /** Routes that would take what is meant for this one. */
  instead: (route: string) => Promise<string[]>;
  say: (route: string, word: NewWord) => Promise<OperatorWord>;
  /** @returns the word that was taken back; undefined where there was none */
  takeBack: (route: string, by: string) => Promise<OperatorWord | undefined>;
};

export type RouteDeskDeps = {
  client: Redis;
  keys: Keys;
  queues: Queues;
  routes: readonly RouteSummary[];
  /** Wished order of routes. */
  order: readonly string[];
  events: Events;
  now: () => number;
};

/** Reads afresh each time: what an operator decides on must not be half a second old. */
export function createRouteDesk(deps: RouteDeskDeps): RouteDesk {
  const { client, keys, events, now } = deps;
  const orders = createOrderStore(client, keys);
  const circuits = createCircuitStore(client, keys);
  const list = () => facts(deps, orders, circuits);
  return {
    list,
    instead: async (route) => routesInstead(route, deps.order, await list()),
    say: async (route, { kind, by, why, forMs }) => {
      const since = now();
      const word = { kind, by, why, since, until: since + forMs };
      await orders.say(route, word);
      events.record({ kind: "word.said", route, word });
      return word;
    },
    takeBack: async (route, by) => {
      const word = await orders.takeBack(route);
      if (word) events.record({ kind: "word.ended", route, word, how: "taken_back", by, at: now() });
      return word;
    },
  };
}

async function facts(
  { client, keys, queues, routes, order, now }: RouteDeskDeps,
  orders: ReturnType<typeof createOrderStore>,
  circuits: ReturnType<typeof createCircuitStore>,
): Promise<RouteFacts[]> {
  const [states, words, rests, lanes] = await Promise.all([
    circuits.all(),
    orders.words(),
    orders.rests(),
    readLanes({ client, keys, queues, now }),
  ]);
  return inOrder(routes, order).map((route) => {
    const waiting = lanes.get(route.id)?.waiting ?? 0;
    return routeFacts(route, {
      now: now(),
      circuitOf: (name) => states.get(name)?.circuit,
      word: words.get(route.id)?.word,
      restsUntil: rests.get(route.id),
      waiting,
      waitMs: expectedWaitMs(route.perSecond, waiting),
    });
  });
}

/** As codes try them; those that only a client's own plan names come last. */
function inOrder(routes: readonly RouteSummary[], order: readonly string[]): RouteSummary[] {
  const rank = ({ id }: RouteSummary) => (order.includes(id) ? order.indexOf(id) : order.length);
  return routes.toSorted((a, b) => rank(a) - rank(b));
}
