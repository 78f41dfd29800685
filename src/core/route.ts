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
  if (!known || known.withdrawn) return "unknown";
  const { carries, consented } = check(route);
  if (!carries) return "content";
  return known.needsConsent && !consented ? "consent" : undefined;
}

/** What is known right now of a route. */
export type Condition = {
  /** Its circuit or its account's is open, an operator stopped it, or it rests for long: no call is made. */
  open: boolean;
  /** Time that one more message would wait in its lane, in ms. */
  waitMs: number;
  /** Its messages are not reported: it comes after the others, but may be called. */
  quiet: boolean;
};

export type Conditions = (route: string) => Condition;

/** What is remembered of a number on a route: false = known not to be there, undefined = nothing. */
export type Reached = (route: string) => boolean | undefined;

/** Seen by the delivery that has just met a fault of its account: none of that account's routes can be called. */
export function withoutAccount(conditions: Conditions, rules: Rules, route: string): Conditions {
  const { account } = routeRules(rules, route);
  return (candidate) => {
    const condition = conditions(candidate);
    return routeRules(rules, candidate).account === account ? { ...condition, open: true } : condition;
  };
}

/** Where nothing is known, every route is taken to be free. */
const ALL_FREE: Conditions = () => ({ open: false, waitMs: 0, quiet: false });

/**
 * The route to move on to: the first of the plan that was not tried, of those one that can be called now, and
 * of those one that is not quiet. One that is known not to reach the person comes after a quiet one. undefined
 * when nothing is left that may be tried.
 */
export function nextRoute(
  delivery: Delivery,
  rules: Rules,
  conditions = ALL_FREE,
  reached: Reached = () => undefined,
): string | undefined {
  const fresh = untried(delivery, rules).toSorted(
    (a, b) => Number(reached(a) === false) - Number(reached(b) === false),
  );
  const reaching = fresh.filter((route) => !conditions(route).open && reached(route) !== false);
  return preferred(reaching.length > 0 ? reaching : fresh, conditions);
}

/** Of routes that may all be tried, the first of the best kind: free, open to calls, any. */
export function preferred(routes: readonly string[], conditions = ALL_FREE): string | undefined {
  const callable = routes.filter((route) => !conditions(route).open);
  return callable.find((route) => !conditions(route).quiet) ?? callable[0] ?? routes[0];
}

/** Can be called, and what it brings is reported. */
export function isFree({ open, quiet }: Condition): boolean {
  return !open && !quiet;
}

/** Routes of the plan without an attempt, also those that were passed over while they could not be called. */
export function untried(delivery: Delivery, rules: Rules): string[] {
  return delivery.plan.filter(
    (route) => !delivery.attempts.some((a) => a.route === route) && mayTake(delivery, route, rules),
  );
}

/** Routes that only failed for the moment and took nothing: worth another round while the code lives. */
export function worthAnotherRound(delivery: Delivery, rules: Rules): string[] {
  return delivery.plan.filter((route) => {
    const last = delivery.attempts.findLast((a) => a.route === route);
    return last?.state === "unavailable" && !isBilled(last, rules) && mayTake(delivery, route, rules);
  });
}

/**
 * The same route a second time, for somebody who asked: its own lock must be over, and for one wish it is tried
 * only once.
 */
export function onceMore(delivery: Delivery, now: number, rules: Rules): string | undefined {
  const { plan, attempts, askedAt = Number.POSITIVE_INFINITY } = delivery;
  return plan.find((route) => {
    const last = attempts.findLast((a) => a.route === route);
    // What it refused it will refuse again, and to ask is to probe.
    if (last?.state === "refused" || (last && last.plannedAt >= askedAt)) return false;
    const lockedUntil = (last?.acceptedAt ?? last?.intentAt ?? 0) + routeRules(rules, route).lockMs;
    return mayTake(delivery, route, rules) && now >= lockedUntil;
  });
}

/** Whether one more attempt on this route is inside the caps; never on one that is no longer used. */
export function mayTake(delivery: Delivery, route: string, rules: Rules): boolean {
  const billed = delivery.attempts.filter((a) => isBilled(a, rules)).length;
  const known = rules.routes.get(route);
  if (!known || known.withdrawn || billed >= rules.maxPaid) return false;
  return !isBarred(delivery.attempts, route, rules);
}

/**
 * Whether the caps count an attempt. A message that was not found may have been taken after all; where the
 * provider itself refuses the same text a second time, another try can cost nothing.
 */
export function isBilled(attempt: Attempt, rules: Rules): boolean {
  const isSafe = attempt.detail === "absent" && (rules.routes.get(attempt.route)?.lockMs ?? 0) > 0;
  return isPaid(attempt) && !isSafe;
}

/** A number that one SMS provider calls invalid is not tried with another one; a messenger may know it. */
function isBarred(attempts: readonly Attempt[], route: string, rules: Rules): boolean {
  const { channel, maxPaid = rules.maxPaidPerRoute } = routeRules(rules, route);
  const billed = attempts.filter((a) => a.route === route && isBilled(a, rules)).length;
  return (
    billed >= maxPaid ||
    attempts.some((a) => a.detail === "recipient_invalid" && rules.routes.get(a.route)?.channel === channel)
  );
}
