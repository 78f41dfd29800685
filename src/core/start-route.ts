import type { Delivery } from "./delivery.ts";
import { type Conditions, type Reached, untried } from "./route.ts";
import { type Rules, routeRules } from "./rules.ts";

/** Where a delivery starts, or that it must not be taken on at all. */
export type Start =
  | { kind: "route"; route: string; why: "first" | "busy" | "circuit" }
  /** No route can make it in time. `retryAfterMs`: when the shortest line will have become short enough. */
  | { kind: "busy"; retryAfterMs: number };

/** A route that reaches at least half of the people is expected to reach this one. */
const LIKELY = 0.5;
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
 * ends before the code does.
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
  // Spilling over is no reason to try a route that few are on; being the wished one is.
  if (short[0] === candidates[0]) return short.find(isFair);
  return short.find((route) => isLikely(route, context)) ?? short.find(isFair);
}

/** Waiting is better than nothing as long as the code outlives the line. An open circuit may close again. */
function inTime(
  candidates: readonly string[],
  delivery: Delivery,
  context: StartContext,
): string | undefined {
  const likely = candidates.filter((route) => isLikely(route, context));
  const ending = (likely.length > 0 ? likely : candidates).filter((r) => makesIt(r, delivery, context));
  return ending.find((route) => !context.conditions(route).open) ?? ending[0];
}

function isLikely(route: string, { rules, reached }: StartContext): boolean {
  return reached(route) ?? routeRules(rules, route).reach >= LIKELY;
}

function makesIt(route: string, delivery: Delivery, { now, rules, conditions }: StartContext): boolean {
  return conditions(route).waitMs <= delivery.expiresAt - rules.minLeftMs - now;
}

function reason(
  chosen: string,
  candidates: readonly string[],
  { conditions }: StartContext,
): "first" | "busy" | "circuit" {
  const wished = candidates[0];
  if (wished === undefined || wished === chosen) return "first";
  return conditions(wished).open ? "circuit" : "busy";
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
