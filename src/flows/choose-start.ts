import type { Delivery } from "../core/delivery.ts";
import type { Msisdn } from "../core/phone.ts";
import { QUIET } from "../core/quiet.ts";
import type { Conditions } from "../core/route.ts";
import { type Start, startRoute } from "../core/start-route.ts";
import { routeRules } from "../core/rules.ts";
import type { FlowDeps } from "./ports.ts";

type StartDeps = Pick<FlowDeps, "clock" | "random" | "rules" | "states" | "reach" | "circuits">;

/**
 * The first route of a new delivery. What is remembered of the number is asked only when the wished route is
 * not free or reaches few people: in quiet times the choice mostly costs no round trip.
 */
export async function chooseStart(deps: StartDeps, delivery: Delivery, recipient: Msisdn): Promise<Start> {
  const conditions = samplingConditions(deps, delivery);
  const context = { now: deps.clock.now(), rules: deps.rules, conditions };
  const first = startRoute(delivery, { ...context, reached: () => undefined });
  const isGuess = (route: string) => routeRules(deps.rules, route).reach < 1;
  if (first.kind === "route" && first.why === "first" && !isGuess(first.route)) return first;
  const guesses = delivery.plan.filter(isGuess);
  const recalled = await Promise.all(guesses.map((route) => deps.reach.recall(route, recipient)));
  const known = new Map(guesses.map((route, i) => [route, recalled[i]]));
  return orProbe(deps, delivery, startRoute(delivery, { ...context, reached: (route) => known.get(route) }));
}

/** One code in a while starts where it was wished, although the circuit there is open. */
async function orProbe({ circuits }: StartDeps, { plan: [wished] }: Delivery, start: Start): Promise<Start> {
  if (start.kind === "busy" || start.why !== "circuit" || wished === undefined) return start;
  return (await circuits.tryStart(wished)) ? { kind: "route", route: wished, why: "probe" } : start;
}

/** A few codes begin as if no route were quiet: nothing else could show that one speaks again. */
function samplingConditions({ random, states }: StartDeps, { plan, clientId }: Delivery): Conditions {
  const condition = states.conditionsFor(clientId);
  const isSample = plan.some((route) => condition(route).quiet) && random.fraction() < QUIET.sampleShare;
  return isSample ? (route) => ({ ...condition(route), quiet: false }) : condition;
}
