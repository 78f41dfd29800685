import {
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
} from "../../src/core/circuit.ts";
import { admissionUnder, isOpenUnder, type OperatorWord, wordNow } from "../../src/core/operator-word.ts";
import {
  isAccountFault,
  isProviderFailure,
  isSureFailure,
  type SendOutcome,
} from "../../src/core/outcome.ts";
import { restAsked } from "../../src/core/rest.ts";
import { type Rules, routeRules } from "../../src/core/rules.ts";
import type { Circuits } from "../../src/flows/ports.ts";

const PROBE_MS = 10_000;

export type MemoryCircuits = Circuits & {
  stateOf: (name: string) => Circuit;
  isOpen: (route: string) => boolean;
  /** As if the route had failed often enough. */
  open: (route: string) => void;
  /** As if its calls had been answered too slowly. */
  openSlow: (route: string) => void;
  close: (route: string) => void;
  /** As an operator said it a moment ago. */
  say: (route: string, kind: OperatorWord["kind"] | "auto", forMs?: number) => void;
};

export type MemoryCircuitsDeps = { now: () => number; rules: Rules; random: () => number };

/** Circuits as all workers share them, without the delay of a sync. */
export function createMemoryCircuits({ now, rules, random }: MemoryCircuitsDeps): MemoryCircuits {
  const states = new Map<string, Circuit>();
  const probes = new Map<string, number>();
  const stateOf = (name: string) => states.get(name) ?? CLOSED;
  const change = (name: string, next: (circuit: Circuit) => Circuit) =>
    void states.set(name, next(stateOf(name)));
  const namesOf = (route: string) =>
    [`route:${route}`, `account:${routeRules(rules, route).account}`] as const;
  const words = new Map<string, OperatorWord>();
  const wordOf = (route: string) => wordNow(words.get(route), now());
  const rests = new Map<string, number>();
  const restMs = (route: string) => Math.max(0, (rests.get(route) ?? 0) - now());
  const standing = (route: string) => ({
    word: wordOf(route),
    restMs: restMs(route),
    maxWaitMs: routeRules(rules, route).maxWaitMs,
  });
  return {
    stateOf,
    restMs,
    isStopped: async (route) => wordOf(route) === "stopped",
    say: (route, kind, forMs = 1_800_000) => {
      if (kind === "auto") words.delete(route);
      else words.set(route, { kind, by: "ops", why: "test", since: now(), until: now() + forMs });
    },
    isOpen: (route) =>
      isOpenUnder(
        standing(route),
        namesOf(route).some((name) => stateOf(name).kind === "open"),
      ),
    open: (route) => change(namesOf(route)[0], (c) => openAtOnce(c, now(), CIRCUIT_RULES)),
    openSlow: (route) =>
      change(namesOf(route)[0], () => ({
        kind: "open",
        since: now(),
        why: "slow",
        probeAt: now() + PROBE_MS,
      })),
    close: (route) => void states.delete(namesOf(route)[0]),
    admission: (route) => {
      const said = namesOf(route).map((name) => admission(stateOf(name), now(), CIRCUIT_RULES, random));
      return admissionUnder(
        standing(route),
        () => said.find((a) => a === "stop") ?? said.find((a) => a === "probe") ?? "go",
      );
    },
    tryProbe: async (route) => {
      const name = namesOf(route).find((n) => stateOf(n).kind === "open");
      if (name === undefined || (probes.get(name) ?? 0) > now()) return false;
      probes.set(name, now() + PROBE_MS);
      return true;
    },
    doubtSettled: async (route, found) => change(namesOf(route)[0], (c) => doubtSettled(c, found)),
    isOnlySlow: (route) => {
      const [own, account] = namesOf(route).map(stateOf);
      const isFree = wordOf(route) !== "stopped" && account?.kind !== "open";
      return isFree && own !== undefined && isOnlySlow(own);
    },
    tryStart: async (route) => {
      const said = namesOf(route).map((name) => admission(stateOf(name), now(), CIRCUIT_RULES, random));
      const isDue = !said.includes("stop") && said.includes("probe") && wordOf(route) === undefined;
      if (!isDue || restMs(route) > 0 || (probes.get(`start:${route}`) ?? 0) > now()) return false;
      probes.set(`start:${route}`, now() + PROBE_MS);
      return true;
    },
    observe: async (route, outcome, tookMs, isProbe) => {
      const [routeName, accountName] = namesOf(route);
      const failed = isProviderFailure(outcome);
      const rest = restAsked(outcome);
      if (rest !== undefined) rests.set(route, Math.max(rests.get(route) ?? 0, now() + rest));
      const isFault = outcome.kind === "refused" && isAccountFault(outcome.reason);
      if (rest === undefined)
        change(routeName, (c) => observe(c, seenOf(outcome, tookMs), now(), CIRCUIT_RULES));
      if (isFault) change(accountName, (c) => openAtOnce(c, now(), CIRCUIT_RULES));
      for (const name of isProbe ? [routeName, accountName] : [])
        change(name, (c) => probed(c, !isFault && !failed, now(), CIRCUIT_RULES));
    },
  };
}

function seenOf(outcome: SendOutcome, tookMs: number): Observed {
  const failures = isProviderFailure(outcome) ? 1 : 0;
  const sure = isSureFailure(outcome) ? 1 : 0;
  return { calls: 1, failures, failuresInARow: failures, sure, slow: tookMs > CIRCUIT_RULES.slowMs ? 1 : 0 };
}
