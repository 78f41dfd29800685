import {
  type Admission,
  admission,
  CIRCUIT_RULES,
  type Circuit,
  CLOSED,
  doubtSettled,
  isOnlySlow,
  type Observed,
  observe,
  openAtOnce,
  probed,
} from "../core/circuit.ts";
import {
  isAccountFault,
  isProviderFailure,
  isSureFailure,
  type RefusalReason,
  type SendOutcome,
} from "../core/outcome.ts";
import { admissionUnder, isOpenUnder, type Standing, wordNow } from "../core/operator-word.ts";
import { restAsked } from "../core/rest.ts";
import { type Rules, routeRules } from "../core/rules.ts";
import type { Circuits } from "../flows/ports.ts";
import type { Events } from "../flows/events.ts";
import type { CircuitStore } from "./circuit-store.ts";
import type { Orders } from "./orders.ts";
import { orKnown } from "./patience.ts";

/** What was observed goes to the store this often, and what others saw comes back. */
const SYNC_MS = 250;
/** Longer than any call lives. */
const PROBE_MS = 10_000;
/** A request waits no longer than this to become a probe. */
const START_MAX_MS = 100;

export type CircuitsDeps = {
  store: CircuitStore;
  /** What operators and providers ordered for routes; stands above their circuits. */
  orders: Orders;
  rules: Rules;
  events: Events;
  now: () => number;
  random: () => number;
};

export type RunningCircuits = Circuits & {
  /** The states as last read, by name: `route:<id>` and `account:<id>`. */
  snapshot: () => ReadonlyMap<string, Circuit>;
  isOpen: (route: string) => boolean;
  close: () => void;
};

/** Circuits of this process: decisions from a snapshot, observations in bulk, account faults at once. */
export function createCircuits(deps: CircuitsDeps): RunningCircuits {
  const known: Known = { states: new Map(), seen: new Map() };
  // A sync that fails is made again; Redis' own errors are reported by its client.
  const timer = setInterval(() => void sync(deps, known).catch(() => undefined), SYNC_MS);
  const stateOf = (name: string) => known.states.get(name) ?? CLOSED;
  const admit = (name: string) => admission(stateOf(name), deps.now(), CIRCUIT_RULES, deps.random);
  const admitted = (route: string) =>
    admissionUnder(standing(deps, route), () => strictest(namesOf(deps.rules, route).map(admit)));
  return {
    snapshot: () => known.states,
    isOpen: (route) => {
      const isOpen = namesOf(deps.rules, route).some((name) => stateOf(name).kind === "open");
      return isOpenUnder(standing(deps, route), isOpen);
    },
    admission: admitted,
    restMs: deps.orders.restMs,
    isStopped: deps.orders.isStopped,
    tryProbe: async (route) => {
      const name = namesOf(deps.rules, route).find((n) => stateOf(n).kind === "open");
      return name !== undefined && deps.store.winProbe(name, PROBE_MS);
    },
    tryStart: async (route) => admitted(route) === "probe" && winStart(deps, route),
    observe: async (route, outcome, tookMs, isProbe) => {
      const [routeName, accountName] = namesOf(deps.rules, route);
      const [restMs, fault] = [restAsked(outcome), accountFaultOf(outcome)];
      if (restMs === undefined) note(known, routeName, accountName, outcome, tookMs);
      const open = (c: Circuit) => openAtOnce(c, deps.now(), CIRCUIT_RULES);
      if (fault) await change(deps, known, accountName, open, fault);
      if (restMs !== undefined) await deps.orders.rest(route, restMs);
      const isGood = !fault && !isProviderFailure(outcome);
      if (isProbe) await afterProbe(deps, known, [routeName, accountName], isGood);
    },
    doubtSettled: (route, found) =>
      change(deps, known, namesOf(deps.rules, route)[0], (c) => doubtSettled(c, found)),
    isOnlySlow: (route) => isFreedBySlowness(deps, route, namesOf(deps.rules, route).map(stateOf)),
    close: () => clearInterval(timer),
  };
}

async function winStart({ store }: CircuitsDeps, route: string): Promise<boolean> {
  const won = store.winProbe(`start:${route}`, CIRCUIT_RULES.probeEveryMs).catch(() => false);
  return orKnown(won, false, START_MAX_MS);
}

function isFreedBySlowness({ orders, now }: CircuitsDeps, route: string, states: Circuit[]): boolean {
  const [own, account] = states;
  const isFree = wordNow(orders.word(route), now()) !== "stopped" && account?.kind !== "open";
  return isFree && own !== undefined && isOnlySlow(own);
}

function standing({ orders, rules, now }: CircuitsDeps, route: string): Standing {
  const { maxWaitMs } = routeRules(rules, route);
  return { word: wordNow(orders.word(route), now()), restMs: orders.restMs(route), maxWaitMs };
}

function accountFaultOf(outcome: SendOutcome): RefusalReason | undefined {
  return outcome.kind === "refused" && isAccountFault(outcome.reason) ? outcome.reason : undefined;
}

/** An account only fails by its own faults; every other answer brings it back. */
function note({ seen }: Known, route: string, account: string, outcome: SendOutcome, tookMs: number): void {
  seen.set(route, added(seen.get(route), outcome, tookMs));
  seen.set(account, added(seen.get(account), undefined, 0));
}

type Known = { states: Map<string, Circuit>; seen: Map<string, Observed> };

async function sync(deps: CircuitsDeps, known: Known): Promise<void> {
  for (const [name, observed] of known.seen) {
    known.seen.delete(name);
    await change(deps, known, name, (c) => observe(c, observed, deps.now(), CIRCUIT_RULES));
  }
  const stored = await deps.store.all();
  known.states = new Map([...stored].map(([name, { circuit }]) => [name, circuit]));
}

async function change(
  deps: CircuitsDeps,
  known: Known,
  name: string,
  next: (circuit: Circuit) => Circuit,
  fault?: RefusalReason,
): Promise<void> {
  const { before, after } = await deps.store.change(name, next);
  known.states.set(name, after);
  if (before.kind !== after.kind) deps.events.record({ ...moved(name, after), fault, at: deps.now() });
}

async function afterProbe(
  deps: CircuitsDeps,
  known: Known,
  names: readonly string[],
  good: boolean,
): Promise<void> {
  for (const name of names)
    await change(deps, known, name, (c) => probed(c, good, deps.now(), CIRCUIT_RULES));
}

function namesOf(rules: Rules, route: string): [string, string] {
  return [`route:${route}`, `account:${routeRules(rules, route).account}`];
}

function moved(circuit: string, to: Circuit) {
  return {
    kind: "circuit.moved",
    circuit,
    to: to.kind,
    why: to.kind === "open" ? to.why : "recovered",
  } as const;
}

function strictest(admissions: readonly Admission[]): Admission {
  if (admissions.includes("stop")) return "stop";
  return admissions.includes("probe") ? "probe" : "go";
}

const NOTHING: Observed = { calls: 0, failures: 0, slow: 0, failuresInARow: 0, sure: 0 };

/** @param outcome undefined for a call that was good as far as this circuit is concerned */
function added(seen: Observed | undefined, outcome: SendOutcome | undefined, tookMs: number): Observed {
  const { calls, failures, slow, failuresInARow, sure } = seen ?? NOTHING;
  const failed = outcome !== undefined && isProviderFailure(outcome);
  return {
    calls: calls + 1,
    failures: failures + (failed ? 1 : 0),
    slow: slow + (tookMs > CIRCUIT_RULES.slowMs ? 1 : 0),
    failuresInARow: failed ? failuresInARow + 1 : 0,
    sure: sure + (outcome !== undefined && isSureFailure(outcome) ? 1 : 0),
  };
}
