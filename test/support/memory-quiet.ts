import { quietRules, type Reporting, SPEAKING, weigh } from "../../src/core/quiet.ts";
import { type Rules, routeRules } from "../../src/core/rules.ts";
import type { Events } from "../../src/flows/events.ts";
import type { QuietRoutes } from "../../src/flows/health-port.ts";

export type MemoryQuiet = QuietRoutes & {
  isQuiet: (route: string) => boolean;
  /** As if most of its messages had not been reported. */
  silence: (route: string) => void;
  speak: (route: string) => void;
};

export type MemoryQuietDeps = { now: () => number; rules: Rules; events: Events };

/** What all workers know of the reports, without the delay of a sync. */
export function createMemoryQuiet({ now, rules, events }: MemoryQuietDeps): MemoryQuiet {
  const states = new Map<string, Reporting>();
  const stateOf = (route: string) => states.get(route) ?? SPEAKING;
  const weighed = (route: string, evidence: Parameters<typeof weigh>[1]): Reporting => {
    const figures = quietRules(routeRules(rules, route), rules);
    const before = stateOf(route);
    const after = figures ? weigh(before, evidence, now(), figures) : before;
    states.set(route, after);
    if (before.kind !== after.kind) events.record({ kind: "route.quiet", route, to: after.kind, at: now() });
    return after;
  };
  return {
    observe: (route, evidence) => void weighed(route, [evidence]),
    isQuiet: (route) => weighed(route, []).kind === "quiet",
    silence: (route) =>
      void states.set(route, { kind: "quiet", since: now(), lateAt: now(), cohorts: stateOf(route).cohorts }),
    speak: (route) => void states.delete(route),
  };
}
