import { type Circuit, CLOSED } from "./core/circuit.ts";
import { type OperatorWord, wordNow } from "./core/operator-word.ts";
import { quietRules, type Reporting, SPEAKING } from "./core/quiet.ts";
import type { Connected } from "./connect.ts";
import type { Check } from "./http/health.ts";

/** What circuits and reports say to people and tools. They shape no request here; that is the workers' part. */

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

/** Every route of the configuration whose messages are reported at all. */
export function reportingOf({ quiet, flows }: Connected): ReadonlyMap<string, Reporting> {
  const known = quiet.snapshot();
  const routes = [...flows.rules.routes.values()].filter((route) => quietRules(route, flows.rules));
  return new Map(routes.map(({ id }) => [id, known.get(id) ?? SPEAKING]));
}

/** Never a reason to take traffic away: another process would find the same circuits open. */
export function routesCheck({ circuits, quiet, flows }: Connected): Check {
  const routes = flows.defaultRoutes;
  const open = routes.filter((route) => circuits.isOpen(route)).length;
  const silent = routes.filter((route) => quiet.isQuiet(route)).length;
  const all = `${routes.length} routes`;
  const openWords =
    open === routes.length
      ? "no route is called at the moment"
      : `${open} of ${all} are not called at the moment`;
  const why = [
    ...(open === 0 ? [] : [openWords]),
    ...(silent === 0 ? [] : [`${silent} of ${all} ${silent === 1 ? "is" : "are"} quiet`]),
  ];
  return why.length === 0 ? { ok: true } : { ok: true, why: why.join(", ") };
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

export function quietOf(connected: Connected): ReadonlyMap<string, boolean> {
  return new Map([...reportingOf(connected)].map(([route, { kind }]) => [route, kind === "quiet"]));
}
