import {
  type Admission,
  admission,
  CIRCUIT_RULES,
  type Circuit,
  CLOSED,
  type Observed,
  observe,
  openAtOnce,
  probed,
} from "../core/circuit.ts";
import { isAccountFault, type SendOutcome } from "../core/outcome.ts";
import { type Rules, routeRules } from "../core/rules.ts";
import type { Circuits } from "../flows/ports.ts";
import type { Events } from "../flows/events.ts";
import type { CircuitStore } from "./circuit-store.ts";

/** What was observed goes to the store this often, and what others saw comes back. */
const SYNC_MS = 250;
/** Longer than any call lives. */
const PROBE_MS = 10_000;

export type CircuitsDeps = {
  store: CircuitStore;
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
  return {
    snapshot: () => known.states,
    isOpen: (route) => namesOf(deps.rules, route).some((name) => stateOf(name).kind === "open"),
    admission: (route) => strictest(namesOf(deps.rules, route).map(admit)),
    tryProbe: async (route) => {
      const name = namesOf(deps.rules, route).find((n) => stateOf(n).kind === "open");
      return name !== undefined && deps.store.winProbe(name, PROBE_MS);
    },
    observe: async (route, outcome, tookMs, isProbe) => {
      const [routeName, accountName] = namesOf(deps.rules, route);
      known.seen.set(routeName, added(known.seen.get(routeName), isFailure(outcome), tookMs));
      // An account only fails by its own faults; every other answer brings it back.
      known.seen.set(accountName, added(known.seen.get(accountName), false, 0));
      const isFault = outcome.kind === "refused" && isAccountFault(outcome.reason);
      if (isFault) await change(deps, known, accountName, (c) => openAtOnce(c, deps.now(), CIRCUIT_RULES));
      if (isProbe) await afterProbe(deps, known, [routeName, accountName], !isFault && !isFailure(outcome));
    },
    close: () => clearInterval(timer),
  };
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
): Promise<void> {
  const { before, after } = await deps.store.change(name, next);
  known.states.set(name, after);
  if (before.kind !== after.kind) deps.events.record(moved(name, after));
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

/** The provider's fault, not the message's: a refused recipient says nothing of the provider. */
function isFailure(outcome: SendOutcome): boolean {
  return outcome.kind === "uncertain" || outcome.kind === "unavailable";
}

function added(seen: Observed | undefined, failed: boolean, tookMs: number): Observed {
  const { calls, failures, slow, failuresInARow } = seen ?? {
    calls: 0,
    failures: 0,
    slow: 0,
    failuresInARow: 0,
  };
  return {
    calls: calls + 1,
    failures: failures + (failed ? 1 : 0),
    slow: slow + (tookMs > CIRCUIT_RULES.slowMs ? 1 : 0),
    failuresInARow: failed ? failuresInARow + 1 : 0,
  };
}
