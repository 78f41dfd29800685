import { RECENT_ENOUGH, type RouteHealth, type Trials } from "./health-windows.ts";

/** Which route of a plan comes first by what was measured. Pure: evidence and dice come from outside. */

/** Why a route is first, in figures of the last hour in this country. Part of the record, so small. */
export type OrderFact = Shown & {
  callingCode: string;
  /** `plan`: nothing speaks for another one. */
  why: "plan" | "arrives" | "cheaper" | "probe";
  /** The one that it was weighed against: the plan's first, or the best of the others. */
  over?: Shown & { price?: "dearer" | "cheaper" };
};

type Shown = { route: string; arrived: number; judged: number };

/**
 * Source: our own decision. What is known widely is what is expected closely, so each level is worth only so many
 * messages to the next one: a country with little traffic is judged like the route as a whole, and one with much
 * by itself.
 */
export const ORDER = {
  /** A route of which nothing is known: most work. Worse than a sound one, better than one that is failing. */
  expected: 0.9,
  expectedWorth: 10,
  /** Other countries to this one, */
  elsewhereWorth: 20,
  /** and the hour to the newest minutes: more would hold a route that has recovered for long. */
  hourWorth: 10,
  /** A smaller difference moves nothing: one in twenty gets the code by the second route, some 20 s later. */
  margin: 0.05,
  /** So much cheaper makes a difference, */
  cheaperShare: 0.9,
  /** and only between routes that so many judged messages speak for. */
  measured: 20,
  /**
   * Share of codes that begin elsewhere, so that another route's recovery, or a better one, can be seen. One in
   * twenty: at one code a second a minute brings 3, and of 100 people 5 at most wait for a second route.
   */
  probeShare: 0.05,
  /** Only while the running minute tells less than this: a busy country needs no twentieth. */
  probeBelow: RECENT_ENOUGH,
  /** Entered codes: a share this far below that of all routes is believed to be the route's. */
  verifiedFloor: 0.75,
  verifiedWorth: 50,
} as const;

type Known = (route: string) => RouteHealth;
export type OrderContext = {
  callingCode: string;
  health: Known;
  /** Uniform in [0, 1). */
  random: () => number;
};

/**
 * The plan with the route in front that should be tried first; the others keep their order. What is remembered of
 * the person, circuits, silence and lines still decide afterwards. Never a route that the plan does not have.
 */
export function orderPlan(
  plan: readonly string[],
  context: OrderContext,
): { plan: string[]; fact: OrderFact | undefined } {
  const [first] = plan;
  if (first === undefined || plan.length < 2) return { plan: [...plan], fact: undefined };
  const best = chosen(plan, context.health);
  const probe = probed(plan, best, context);
  const route = probe ?? best;
  const why = probe === undefined ? reason(route, first, context.health, plan) : "probe";
  const rival = rivalOf(plan, route, context.health);
  const isKnown = rival !== undefined || judged(lastHour(context.health(route))) > 0;
  const fact = isKnown ? factOf({ route, why, rival }, context) : undefined;
  return { plan: [route, ...plan.filter((other) => other !== route)], fact };
}

/** Of those that are as good as the best, the plan's first unless one is clearly cheaper. */
function chosen(plan: readonly string[], health: Known): string {
  const good = asGood(plan, health);
  return good.reduce((kept, route) => (isCheaper(health(route), health(kept)) ? route : kept));
}

function asGood(plan: readonly string[], health: Known): string[] {
  const shares = plan.map((route) => estimateAmong(plan, route, health));
  const least = Math.max(...shares) - ORDER.margin;
  return plan.filter((_, index) => (shares[index] ?? 0) >= least);
}

function reason(route: string, first: string, health: Known, plan: readonly string[]): OrderFact["why"] {
  if (route === first) return "plan";
  return asGood(plan, health)[0] === route ? "arrives" : "cheaper";
}

/** One draw decides whether; the route is the one of which the running minute tells least. */
function probed(plan: readonly string[], best: string, { health, random }: OrderContext): string | undefined {
  const unknown = plan.filter((route) => route !== best && health(route).present < ORDER.probeBelow);
  if (unknown.length === 0 || random() >= ORDER.probeShare) return undefined;
  return unknown.toSorted((a, b) => health(a).present - health(b).present)[0];
}

/** The share of messages that this route is expected to bring in time, in (0, 1). */
export function estimate({ recent, hour, elsewhere }: RouteHealth): number {
  const route = mean(ORDER.expected, ORDER.expectedWorth, elsewhere);
  const country = mean(route, ORDER.elsewhereWorth, hour);
  return mean(country, ORDER.hourWorth, recent);
}

/** The mean of a Beta distribution after some trials. */
function mean(expected: number, worth: number, trials: Trials): number {
  return (expected * worth + trials.arrived) / (worth + judged(trials));
}

/** Reports may lie, entered codes do not. Where no caller tells of them all routes are alike. */
function estimateAmong(plan: readonly string[], route: string, health: Known): number {
  return estimate(health(route)) * verifiedFactor(lastHour(health(route)), plan.map(health).map(lastHour));
}

function verifiedFactor(own: Trials, all: readonly Trials[]): number {
  const [verified, arrived] = [total(all, "verified"), total(all, "arrived")];
  if (verified === 0 || arrived === 0) return 1;
  const usual = Math.min(1, verified / arrived);
  const share = (usual * ORDER.verifiedWorth + own.verified) / (ORDER.verifiedWorth + own.arrived);
  const factor = Math.min(1, share / usual);
  return factor >= ORDER.verifiedFloor ? 1 : factor;
}

function total(trials: readonly Trials[], of: keyof Trials): number {
  return trials.reduce((sum, one) => sum + one[of], 0);
}

function lastHour({ recent, hour }: RouteHealth): Trials {
  return {
    arrived: recent.arrived + hour.arrived,
    missed: recent.missed + hour.missed,
    verified: recent.verified + hour.verified,
  };
}

function judged({ arrived, missed }: Trials): number {
  return arrived + missed;
}

/** Prices in two currencies are not compared: a rate of ours would be out of date. */
function isCheaper(a: RouteHealth, b: RouteHealth): boolean {
  if (!a.cost || !b.cost || a.cost.currency !== b.cost.currency) return false;
  const isKnown = [a, b].every((one) => judged(lastHour(one)) >= ORDER.measured);
  return isKnown && a.cost.micros < b.cost.micros * ORDER.cheaperShare;
}

function rivalOf(plan: readonly string[], route: string, health: Known): string | undefined {
  const [first] = plan;
  if (first !== route) return first;
  const others = plan.filter((other) => other !== route && judged(lastHour(health(other))) > 0);
  return others.toSorted((a, b) => estimate(health(b)) - estimate(health(a)))[0];
}

function factOf(
  { route, why, rival }: { route: string; why: OrderFact["why"]; rival: string | undefined },
  { callingCode, health }: OrderContext,
): OrderFact {
  const shown = { ...shownOf(route, health), callingCode, why };
  if (rival === undefined) return shown;
  const [own, other] = [health(route), health(rival)];
  const price = isCheaper(own, other) ? "dearer" : isCheaper(other, own) ? "cheaper" : undefined;
  return { ...shown, over: { ...shownOf(rival, health), ...(price === undefined ? {} : { price }) } };
}

function shownOf(route: string, health: Known): Shown {
  const hour = lastHour(health(route));
  return { route, arrived: hour.arrived, judged: judged(hour) };
}

/**
 * The bound for the drill and for operators: after so many misses in a row a route is left for its rival.
 * @param before what was expected of it before its newest minutes, 0 to 1
 * @param arrived of its newest minutes
 * @param rival estimate of the best other route
 */
export function missesToLeave({
  before,
  arrived,
  rival,
}: {
  before: number;
  arrived: number;
  rival: number;
}): number {
  const { hourWorth, margin } = ORDER;
  const most = (before * hourWorth + arrived) / (rival - margin) - hourWorth - arrived;
  return Math.max(0, Math.floor(most) + 1);
}
