import { type Circuit, CLOSED } from "./circuit.ts";
import { isOpenUnder, type OperatorWord, wordNow } from "./operator-word.ts";
import type { RouteSummary } from "./rules.ts";
import type { Instant } from "./view.ts";
import { openWords } from "./words.ts";

/** What an operator sees of a route. */
export type RouteFacts = {
  route: string;
  channel: RouteSummary["channel"];
  provider: string;
  account: string;
  /** Sends per second, 0 = unpaced. */
  perSecond: number;
  /** Share of people it can reach, 0 to 1. */
  reach: number;
  /** That of the account where it is open, for it stops the route as well. */
  circuit: { state: Circuit["kind"]; of: "route" | "account"; why?: string; since?: number };
  /** The operator's word that holds now. */
  word: OperatorWord | undefined;
  /** Until when its provider wants no calls. */
  restsUntil: number | undefined;
  /** False: no call is made now. */
  isOpenForCalls: boolean;
  waiting: number;
  /** What one more code would wait, in ms. */
  waitMs: number;
};

export type Seen = {
  now: number;
  circuitOf: (name: string) => Circuit | undefined;
  word: OperatorWord | undefined;
  restsUntil: number | undefined;
  waiting: number;
  waitMs: number;
};

export function routeFacts(route: RouteSummary, seen: Seen): RouteFacts {
  const { now, word, waiting } = seen;
  const { id, channel, provider, account, perSecond, reach, maxWaitMs } = route;
  const [own, shared] = [seen.circuitOf(`route:${id}`), seen.circuitOf(`account:${account}`)];
  const isAccount = shared !== undefined && shared.kind !== "closed" && own?.kind !== "open";
  const circuit = (isAccount ? shared : own) ?? CLOSED;
  const restMs = Math.max(0, (seen.restsUntil ?? 0) - now);
  const kind = wordNow(word, now);
  const isOpen = isOpenUnder({ word: kind, restMs, maxWaitMs }, circuit.kind === "open");
  return {
    route: id,
    channel,
    provider,
    account,
    perSecond,
    reach,
    circuit: { state: circuit.kind, of: isAccount ? "account" : "route", ...story(circuit) },
    word: kind && word,
    restsUntil: restMs > 0 ? seen.restsUntil : undefined,
    isOpenForCalls: !isOpen,
    waiting,
    waitMs: seen.waitMs + restMs,
  };
}

function story(circuit: Circuit): { why?: string; since?: number } {
  if (circuit.kind === "closed") return {};
  const { since } = circuit;
  return circuit.kind === "open" ? { why: openWords(circuit.why), since } : { since };
}

/** Where codes of a stopped route go, in the order of the plan. Empty: they wait. */
export function routesInstead(
  route: string,
  order: readonly string[],
  facts: readonly RouteFacts[],
): string[] {
  const open = new Set(facts.filter((f) => f.isOpenForCalls).map((f) => f.route));
  return order.filter((other) => other !== route && open.has(other));
}

/** The facts as tools get them, with instants as text. */
export function routeView({ word, restsUntil, circuit, ...facts }: RouteFacts, instant: Instant) {
  const { since, ...known } = circuit;
  return {
    ...facts,
    circuit: { ...known, ...(since === undefined ? {} : { since: instant(since) }) },
    word: word ? wordView(word, instant) : null,
    restsUntil: restsUntil === undefined ? null : instant(restsUntil),
  };
}

export function wordView({ kind, by, why, since, until }: OperatorWord, instant: Instant) {
  return { word: kind, by, why, since: instant(since), until: instant(until) };
}
