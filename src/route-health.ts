import { type Circuit, CLOSED } from "./core/circuit.ts";
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
  if (open === routes.length) return { ok: true, why: "all circuits are open" };
  return { ok: true, why: `the circuits of ${open} of ${routes.length} routes are open` };
}

export function circuitStatesOf(connected: Connected): ReadonlyMap<string, Circuit["kind"]> {
  return new Map([...circuitsOf(connected)].map(([name, { kind }]) => [name, kind]));
}
