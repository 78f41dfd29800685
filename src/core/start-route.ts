import type { Delivery } from "./delivery.ts";
import { type Conditions, preferred, type Reached, untried } from "./route.ts";
import { type Rules, routeRules } from "./rules.ts";

export type StartReason = "first" | "busy" | "circuit" | "quiet" | "probe";

/** Where a delivery starts, or that it must not be taken on at all. */
export type Start =
  | { kind: "route"; route: string; why: StartReason }
  /** No route can make it in time. `retryAfterMs`: when the shortest line will have become short enough. */
  | { kind: "busy"; retryAfterMs: number };

/** A route that reaches at least half of the people is expected to reach this one. */
const LIKELY = 0.5;
/** What is taken on must live until its turn, also when the lane loses a little of its pace meanwhile. */
const WAIT_MARGIN = 1.05;
const RETRY_AFTER_MAX_MS = 60_000;

export type StartContext = {
  now: number;
  rules: Rules;
  conditions: Conditions;
  reached: Reached;
};

/**
 * Chooses the first route: the wished one if its line is short, else in the order of the plan one with a short
 * line; one that reaches few people only if another could still make it after its refusal; else any line that
 * ends before the code does. A quiet route comes after the others, also after one that reaches few: a refusal
 * there costs a moment, a message that never arrives a third of a minute.
 */
export function startRoute(delivery: Delivery, context: StartContext): Start {
  const candidates = untried(delivery, context.rules).filter((route) => context.reached(route) !== false);
  const chosen = quick(candidates, delivery, context) ?? inTime(candidates, delivery, context);
  if (chosen !== undefined) return { kind: "route", route: chosen, why: reason(chosen, candidates, context) };
  return { kind: "busy", retryAfterMs: shortestWaitMs(candidates, delivery, context) };
}

function quick(candidates: readonly string[], delivery: Delivery, context: StartContext): string | undefined {
  const short = candidates.filter((route) => {
    const { open, waitMs } = context.conditions(route);
    return !open && waitMs <= routeRules(context.rules, route).maxWaitMs;
  });
  const isFair = (route: string) =>
    isLikely(route, context) || candidates.some((o) => o !== route && makesIt(o, delivery, context));
  const best = (routes: readonly string[]) => {
    // Spilling over is no reason to try a route that few are on; being the wished one is.
    if (routes[0] === candidates[0]) return routes.find(isFair);
    return routes.find((route) => isLikely(route, context)) ?? routes.find(isFair);
  };
  return best(short.filter((route) => !context.conditions(route).quiet)) ?? best(short);
}

/** Waiting is better than nothing as long as the code outlives the line. An open circuit may close again. */
function inTime(
  candidates: readonly string[],
  delivery: Delivery,
  context: StartContext,
): string | undefined {
  const likely = candidates.filter((route) => isLikely(route, context));
  const ending = (likely.length > 0 ? likely : candidates).filter((r) => makesIt(r, delivery, context));
  return preferred(ending, context.conditions);
}

function isLikely(route: string, { rules, reached }: StartContext): boolean {
  return reached(route) ?? routeRules(rules, route).reach >= LIKELY;
}

function makesIt(route: string, delivery: Delivery, { now, rules, conditions }: StartContext): boolean {
  return conditions(route).waitMs * WAIT_MARGIN <= delivery.expiresAt - rules.minLeftMs - now;
}

function reason(
  chosen: string,
  candidates: readonly string[],
  { conditions, rules }: StartContext,
): StartReason {
  const wished = candidates[0];
  if (wished === undefined || wished === chosen) return "first";
  const { open, quiet, waitMs } = conditions(wished);
  if (open) return "circuit";
  return quiet && waitMs <= routeRules(rules, wished).maxWaitMs ? "quiet" : "busy";
}

function shortestWaitMs(
  candidates: readonly string[],
  delivery: Delivery,
  { now, rules, conditions }: StartContext,
): number {
  const leftMs = delivery.expiresAt - rules.minLeftMs - now;
  const overMs = candidates.map((route) => conditions(route).waitMs - leftMs);
  return Math.round(Math.max(1_000, Math.min(...overMs, RETRY_AFTER_MAX_MS)));
}
