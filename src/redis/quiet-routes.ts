import type { Redis } from "ioredis";
import { z } from "zod";
import { type Evidence, quietRules, type Reporting, SPEAKING, weigh } from "../core/quiet.ts";
import { type Rules, routeRules } from "../core/rules.ts";
import type { Events } from "../flows/events.ts";
import type { QuietRoutes } from "../flows/health-port.ts";
import type { Keys } from "./keys.ts";
import { createSharedStates, type SharedStates } from "./shared-states.ts";

/** What was observed goes to the store this often, and what others saw comes back. */
const SYNC_MS = 250;

const cohort = z.object({ at: z.number(), heard: z.number(), late: z.number() });
const reportingSchema: z.ZodType<Reporting> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("speaking"), from: z.number(), cohorts: z.array(cohort) }),
  z.object({
    kind: z.literal("quiet"),
    since: z.number(),
    lateAt: z.number(),
    cohorts: z.array(cohort),
  }),
]);

export type QuietRoutesDeps = {
  client: Redis;
  keys: Keys;
  rules: Rules;
  events: Events;
  now: () => number;
};

export type RunningQuietRoutes = QuietRoutes & {
  isQuiet: (route: string) => boolean;
  /** By route, as last read. */
  snapshot: () => ReadonlyMap<string, Reporting>;
  close: () => void;
};

type Known = { states: Map<string, Reporting>; seen: Map<string, Evidence[]> };

/** Which routes have gone quiet: answers from a snapshot, evidence in bulk. */
export function createQuietRoutes(deps: QuietRoutesDeps): RunningQuietRoutes {
  const known: Known = { states: new Map(), seen: new Map() };
  const store = createSharedStates(deps.client, deps.keys.quiet, read);
  // A sync that fails is made again; Redis' own errors are reported by its client.
  const timer = setInterval(() => void sync(deps, store, known).catch(() => undefined), SYNC_MS);
  return {
    observe: (route, evidence) => {
      const seen = known.seen.get(route);
      if (seen) seen.push(evidence);
      else known.seen.set(route, [evidence]);
    },
    isQuiet: (route) => known.states.get(route)?.kind === "quiet",
    snapshot: () => known.states,
    close: () => clearInterval(timer),
  };
}

/** What no version of ours wrote tells nothing of its route. */
function read(stored: unknown): Reporting {
  return reportingSchema.safeParse(stored).data ?? SPEAKING;
}

async function sync(deps: QuietRoutesDeps, store: SharedStates<Reporting>, known: Known): Promise<void> {
  for (const route of deps.rules.routes.keys()) await weighRoute(deps, store, known, route);
  known.states = new Map([...(await store.all())].map(([route, { state }]) => [route, state]));
}

/** Also without new evidence: what was seen ripens, and is forgotten. Whoever notices first tells it. */
async function weighRoute(
  { rules, events, now }: QuietRoutesDeps,
  store: SharedStates<Reporting>,
  known: Known,
  route: string,
): Promise<void> {
  const seen = known.seen.get(route) ?? [];
  const figures = quietRules(routeRules(rules, route), rules);
  if (!figures) return void known.seen.delete(route);
  const last = known.states.get(route) ?? SPEAKING;
  if (seen.length === 0 && weigh(last, seen, now(), figures).kind === last.kind) return;
  known.seen.delete(route);
  const { before, after } = await store.change(route, (state) => weigh(state, seen, now(), figures));
  known.states.set(route, after);
  if (before.kind !== after.kind) events.record({ kind: "route.quiet", route, to: after.kind, at: now() });
}
