import type { Delivery } from "../core/delivery.ts";
import { type Reached, untried } from "../core/route.ts";
import { type Rules, routeRules } from "../core/rules.ts";
import type { FlowDeps } from "./ports.ts";

/** A pure change of a delivery; returns its argument where nothing is to be done. */
export type Change = (delivery: Delivery, reached: Reached) => Delivery;

type DecideDeps = Pick<FlowDeps, "store" | "reach" | "rules">;

/**
 * The delivery after a change. What is remembered of the number is read only when that plans a route which reaches
 * few people while another one is left: then the change is made once more with it.
 */
export async function decided(deps: DecideDeps, delivery: Delivery, change: Change): Promise<Delivery> {
  const known = new Map<string, boolean | undefined>();
  for (;;) {
    const after = change(delivery, (route) => known.get(route));
    const route = guessOf(delivery, after, deps.rules);
    if (route === undefined || known.has(route)) return after;
    known.set(route, await recalled(deps, delivery.id, route));
  }
}

function guessOf(before: Delivery, { next, ...after }: Delivery, rules: Rules): string | undefined {
  if (!next || next.route === before.next?.route || routeRules(rules, next.route).reach === 1)
    return undefined;
  const fresh = untried(after, rules);
  return fresh.includes(next.route) && fresh.length > 1 ? next.route : undefined;
}

async function recalled(
  { store, reach }: DecideDeps,
  id: string,
  route: string,
): Promise<boolean | undefined> {
  const loaded = await store.loadWithSecrets(id);
  return loaded && reach.recall(route, loaded.secrets.recipient);
}
