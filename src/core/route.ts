import { type Attempt, type Delivery, isPaid, type SkippedRoute } from "./delivery.ts";
import { type Rules, routeRules } from "./rules.ts";

/** Whether a route can carry this content, asked of the provider by the caller. */
export type RouteCheck = (routeId: string) => { carries: boolean; consented: boolean };

/** Splits the wished order into the routes that can serve this delivery and those left out, with reasons. */
export function routePlan(
  wished: readonly string[],
  rules: Rules,
  check: RouteCheck,
): { plan: string[]; skipped: SkippedRoute[] } {
  const plan: string[] = [];
  const skipped: SkippedRoute[] = [];
  for (const route of new Set(wished)) {
    const why = reasonToSkip(route, rules, check);
    if (why) skipped.push({ route, why });
    else plan.push(route);
  }
  return { plan, skipped };
}

function reasonToSkip(route: string, rules: Rules, check: RouteCheck): SkippedRoute["why"] | undefined {
  const known = rules.routes.get(route);
  if (!known) return "unknown";
  const { carries, consented } = check(route);
  if (!carries) return "content";
  return known.needsConsent && !consented ? "consent" : undefined;
}

/** The next route of the plan that may still be paid for; undefined when the plan is exhausted. */
export function nextRoute(delivery: Delivery, rules: Rules): string | undefined {
  const current = delivery.attempts.at(-1)?.route;
  const rest =
    current === undefined ? delivery.plan : delivery.plan.slice(delivery.plan.indexOf(current) + 1);
  return rest.find((route) => mayTake(delivery, route, rules));
}

/** Whether one more attempt on this route is inside the caps; never on one that left the configuration. */
export function mayTake(delivery: Delivery, route: string, rules: Rules): boolean {
  if (!rules.routes.has(route) || delivery.attempts.filter(isPaid).length >= rules.maxPaid) return false;
  return !isBarred(delivery.attempts, route, rules);
}

/** A number that one SMS provider calls invalid is not tried with another one; a messenger may know it. */
function isBarred(attempts: readonly Attempt[], route: string, rules: Rules): boolean {
  const { channel } = routeRules(rules, route);
  const paid = attempts.filter((a) => a.route === route && isPaid(a)).length;
  return (
    paid >= rules.maxPaidPerRoute ||
    attempts.some((a) => a.detail === "recipient_invalid" && rules.routes.get(a.route)?.channel === channel)
  );
}
