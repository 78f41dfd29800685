import type { RoutePrice } from "./limits.ts";
import type { Plan } from "./plan.ts";

/** The figures by which deliveries are timed and bounded. Durations are ms. */

export type Channel = "sms" | "telegram" | "sandbox";

/** What planning and timing have to know of a route. */
export type RouteRules = {
  id: string;
  channel: Channel;
  provider: string;
  /** Rate, balance and account faults belong to the account and are shared by its routes. */
  account: string;
  /** The account's rate, sends per second; 0 = unpaced. */
  perSecond: number;
  /** Expected wait in the lane above which a delivery starts on, or moves to, another route. */
  maxWaitMs: number;
  /** Share of people the route can reach where nothing is known of the number, 0 to 1. */
  reach: number;
  /** Silence after the provider's accept that moves on to the next route; undefined where no report ever comes. */
  silenceMs: number | undefined;
  /** Another silence for people of some countries, by calling code such as "49". */
  silenceMsByCallingCode?: ReadonlyMap<string, number>;
  /** The provider's records can be asked whether a message arrived there. */
  canLookUp: boolean;
  /** The provider can be asked for the report of one message. */
  canReadStatus: boolean;
  /** Whether reports are sent to us, or asked for because nobody can reach us. */
  reports: "push" | "poll" | "both";
  /** For this long the provider takes the same text to the same number only once; 0 = no such lock. */
  lockMs: number;
  /** The recipient must have agreed to this channel before it is used. */
  needsConsent: boolean;
  /** Counts against a client's spend cap until the provider names its own; absent = 0. */
  price?: RoutePrice;
  /** Paid messages of one delivery on this route; the rule for all routes where it is left out. */
  maxPaid?: number;
  /** What recipients see as sender, instead of the provider's own setting. */
  sender?: { usual: string | undefined; byCallingCode: ReadonlyMap<string, string> };
  /** Taken out of use: nothing new goes there, while what was planned or sent there still ends as usual. */
  withdrawn?: true;
};

/** What an operator is shown of a route, and what tools need to know of it. */
export type RouteSummary = Pick<
  RouteRules,
  "id" | "channel" | "provider" | "account" | "perSecond" | "maxWaitMs" | "reach"
>;

export type RecordReads = { everyMs: number; withinMs: number };

export type Rules = {
  routes: ReadonlyMap<string, RouteRules>;
  /** Orders of routes for some deliveries; where none fits, the default order holds. */
  plans: readonly Plan[];
  /** Clients whose deliveries stay on one route and only tell what failover would have done. */
  observed: ReadonlySet<string>;
  /** No send starts with less life than this left in the code. */
  minLeftMs: number;
  /** Wait after expiry for a last report, before the delivery is closed. */
  closeAfterMs: number;
  maxPaid: number;
  maxPaidPerRoute: number;
  /** The same text again means "send again" only so long after a provider took it, or reported it delivered. */
  reload: { afterAcceptMs: number; afterDeliveredMs: number };
  /** Wait after a report that the phone is out of reach, before the next route is tried. */
  bufferedMs: number;
  /** An intent older than this belongs to a worker that died: no call lives longer. */
  intentGraceMs: number;
  /** When an accepted message without a final word is looked up, in shares of the route's silence, ascending. */
  looksOfPatience: readonly number[];
  /** First reading of a status where reports are not sent to us. */
  pollFirstMs: number;
  doubt: { firstMs: number; everyMs: number; forMs: number; absentReads: number };
  /** An account's records are asked once in `everyMs` by all workers together; a question waits `withinMs` at most. */
  recordReads: RecordReads;
  /** After the plan is through, routes whose faults were temporary are tried again: first wait, and its cap. */
  retry: { capsMs: readonly number[]; budgetMs: number; roundMs: number; roundCapMs: number };
};

export const DEFAULT_RULES: Omit<Rules, "routes"> = {
  plans: [],
  observed: new Set(),
  minLeftMs: 30_000,
  closeAfterMs: 60_000,
  maxPaid: 4,
  maxPaidPerRoute: 2,
  reload: { afterAcceptMs: 30_000, afterDeliveredMs: 60_000 },
  bufferedMs: 10_000,
  intentGraceMs: 10_000,
  // 10, 15 and 20 s of 30: the first is evidence of the route's health and early enough to reach somebody within
  // 20 s by another one, the second for those whose route was found quiet after the first, the last finds what
  // was lost on its way to us. Few messages are unreported by then, and a provider's journal is read in bulk.
  looksOfPatience: [1 / 3, 1 / 2, 2 / 3],
  pollFirstMs: 2_000,
  // Two empty look-ups in a row: a provider's journal may lag behind its accept.
  doubt: { firstMs: 3_000, everyMs: 2_000, forMs: 10_000, absentReads: 2 },
  // Waiting and call together must fit into the lease of a timer, 10 s.
  recordReads: { everyMs: 1_000, withinMs: 5_000 },
  retry: { capsMs: [1_000, 3_000, 8_000], budgetMs: 20_000, roundMs: 5_000, roundCapMs: 30_000 },
};

/** @throws when a route id is not in the policy: plans only ever hold known routes. */
export function routeRules(rules: Rules, id: string): RouteRules {
  const route = rules.routes.get(id);
  if (!route) throw new Error(`Route ${id} is not configured`);
  return route;
}

/** How long silence lasts for this person's country, ms; undefined where no report ever comes. */
export function patienceMs(
  route: RouteRules | undefined,
  { callingCode }: { callingCode?: string },
): number | undefined {
  const own = callingCode === undefined ? undefined : route?.silenceMsByCallingCode?.get(callingCode);
  return route?.silenceMs === undefined ? undefined : (own ?? route.silenceMs);
}

/**
 * The route with its way of reports. Where only polling is left and the provider keeps no record that can be read,
 * nothing will ever be heard of a message: then silence tells nothing, and a timer would pay for a second copy of
 * every code.
 */
export function withReports(route: RouteRules, reports: RouteRules["reports"]): RouteRules {
  const isMute = reports === "poll" && !route.canReadStatus;
  return { ...route, reports, ...(isMute ? { silenceMs: undefined } : {}) };
}

/** What this person's phone shows as sender; undefined leaves it to the provider's own setting. */
export function senderOf(
  route: RouteRules | undefined,
  { callingCode }: { callingCode?: string },
): string | undefined {
  const own = callingCode === undefined ? undefined : route?.sender?.byCallingCode.get(callingCode);
  return own ?? route?.sender?.usual;
}
