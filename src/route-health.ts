import { type Circuit, CLOSED } from "./core/circuit.ts";
import { type OperatorWord, wordNow } from "./core/operator-word.ts";
import type { Connected } from "./connect.ts";
import type { Check } from "./http/health.ts";

/** What the circuits say to people and tools. They shape no request here; that is the workers' part. */

/** Every circuit of the configuration by name, also those that nothing was ever observed of. */
export function circuitsOf({ circuits, flows }: Connected): ReadonlyMap<string, Circuit> {
  const known = circuits.snapshot();
  const routes = [...flows.rules.routes.values()];
  const names = [
    ...routes.map(({ id }) => `route:${id}`),
    ...routes.map(({ account }) => `account:${account}`),
  ];
  return new Map(names.map((name) => [name, known.get(name) ?? CLOSED]));
}

/** Never a reason to take traffic away: another process would find the same circuits open. */
export function routesCheck({ circuits, flows }: Connected): Check {
  const routes = flows.defaultRoutes;
  const open = routes.filter((route) => circuits.isOpen(route)).length;
  if (open === 0) return { ok: true };
  if (open === routes.length) return { ok: true, why: "no route is called at the moment" };
  return { ok: true, why: `${open} of ${routes.length} routes are not called at the moment` };
}

export function circuitStatesOf(connected: Connected): ReadonlyMap<string, Circuit["kind"]> {
  return new Map([...circuitsOf(connected)].map(([name, { kind }]) => [name, kind]));
}

/** What operators said of each configured route, as far as it still holds. */
export function routeWordsOf({
  orders,
  flows,
}: Connected): ReadonlyMap<string, OperatorWord["kind"] | "auto"> {
  const routes = [...flows.rules.routes.keys()];
  return new Map(routes.map((route) => [route, wordNow(orders.word(route), flows.clock.now()) ?? "auto"]));
}
