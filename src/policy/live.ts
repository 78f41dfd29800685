import type { Rules } from "../core/rules.ts";
import type { Policy } from "./ground.ts";

/** The policy that holds now, for everybody who was given it once. */
export type LivePolicy = {
  /** Always the present rules: whoever keeps this object sees every change at his next look. */
  rules: Rules;
  current: () => Policy;
  /** When the present one took force, epoch ms. */
  since: () => number;
  swap: (next: Policy) => void;
  onChange: (listener: () => void) => void;
};

/** @param fitted what the process itself adds to every policy */
export function createLivePolicy(
  first: Policy,
  { now, fitted }: { now: () => number; fitted: (rules: Rules) => Rules },
): LivePolicy {
  const fit = (policy: Policy): Policy => ({ ...policy, rules: fitted(policy.rules) });
  let current = fit(first);
  let since = now();
  const listeners: (() => void)[] = [];
  return {
    rules: viewOf(() => current.rules),
    current: () => current,
    since: () => since,
    swap: (next) => {
      current = fit(next);
      since = now();
      for (const listener of listeners) listener();
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

/** One synchronous decision sees one moment, for nothing is swapped in the middle of it. */
function viewOf(current: () => Rules): Rules {
  const names = Object.keys(current()) as (keyof Rules)[];
  const views = names.map((name) => [name, { enumerable: true, get: () => current()[name] }] as const);
  return Object.defineProperties({}, Object.fromEntries(views)) as Rules;
}
