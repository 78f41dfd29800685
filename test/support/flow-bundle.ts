import type { Delivery } from "../../src/core/delivery.ts";
import type { Msisdn } from "../../src/core/phone.ts";
import type { Rules } from "../../src/core/rules.ts";
import { type Accepted, type AcceptRequest, accept } from "../../src/flows/accept.ts";
import type { Jobs } from "../../src/flows/job-port.ts";
import type {
  Circuits,
  Client,
  DeliveryStore,
  FlowDeps,
  ParkedReport,
  Provider,
  Reach,
} from "../../src/flows/ports.ts";
import type { Events, FlowEvent } from "../../src/flows/events.ts";
import type { SendLimits } from "../../src/redis/create-step.ts";
import { testRules } from "./build.ts";
import { seededRandom } from "./chaos.ts";
import { createMemoryCircuits, type MemoryCircuits } from "./memory-circuits.ts";
import { createMemoryQuiet, type MemoryQuiet } from "./memory-quiet.ts";
import { createMemoryFigures, type MemoryFigures } from "./memory-figures.ts";
import { createMemoryHealth, type MemoryHealth } from "./memory-health.ts";
import { createMemoryJobs, type MemoryJob, type MemoryJobs } from "./memory-jobs.ts";
import {
  createMemoryBlocks,
  createMemoryConsents,
  createMemoryReach,
  createMemoryRefusals,
  createMemoryStates,
  type MemoryBlocks,
  type MemoryConsents,
  type MemoryReach,
  type MemoryRefusals,
  type MemoryStates,
  unpaced,
} from "./memory-states.ts";
import { createMemoryStore, type MemoryStore } from "./memory-store.ts";
import {
  accepted,
  createScriptedProvider,
  type ProviderScript,
  type ScriptedProvider,
} from "./scripted-provider.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

export const NUMBER = "+4915112345678" as Msisdn;
export const CODE = "483920";
export const TEXT = `${CODE} is your Nextcloud authentication code`;
export const CLIENT: Client = {
  id: "cloud",
  name: "Cloud",
  region: "DE",
  consents: { telegram: { by: "admin", at: 0, scope: "all" } },
};

export type FlowBundle = {
  clock: VirtualClock;
  rules: Rules;
  store: MemoryStore;
  jobs: MemoryJobs;
  states: MemoryStates;
  circuits: MemoryCircuits;
  quiet: MemoryQuiet;
  health: MemoryHealth;
  figures: MemoryFigures;
  reach: MemoryReach;
  consents: MemoryConsents;
  blocks: MemoryBlocks;
  refusals: MemoryRefusals;
  providers: Map<string, ScriptedProvider>;
  events: FlowEvent[];
  deps: FlowDeps;
  accept: (changes?: Partial<AcceptRequest>) => Promise<Accepted>;
  /** Accepts a code that must be taken on. @returns its id */
  taken: (changes?: Partial<AcceptRequest>) => Promise<string>;
  delivery: (id: string) => Promise<Delivery>;
  provider: (route: string) => ScriptedProvider;
};

export type FlowBundleOptions = {
  /** By route; a route without a script accepts everything and reports nothing. */
  scripts?: Record<string, ProviderScript>;
  rules?: Rules;
  limits?: SendLimits;
  routeOrder?: FlowDeps["routeOrder"];
  seed?: number;
  /** What the flows get in place of the plain ports. */
  wrap?: {
    /** Called first, for wrappers that need the clock. */
    clock?: (clock: VirtualClock) => void;
    store?: (store: DeliveryStore) => DeliveryStore;
    jobs?: (jobs: Jobs) => Jobs;
    provider?: (provider: Provider) => Provider;
    reach?: (reach: Reach) => Reach;
    circuits?: (circuits: Circuits) => Circuits;
  };
  onReport?: (entry: ParkedReport) => void;
  onJob?: (job: MemoryJob) => void;
};

/** Every flow over ports in memory, under a clock that the test moves. */
export function aFlowBundle(options: FlowBundleOptions = {}): FlowBundle & { clock: VirtualClock } {
  const { rules = testRules(), limits, wrap = {}, seed = 1 } = options;
  const clock = createVirtualClock();
  wrap.clock?.(clock);
  const store = createMemoryStore({ now: clock.now, limits });
  const jobs = createMemoryJobs({ now: clock.now, routes: [...rules.routes.keys()], onAdded: options.onJob });
  const providers = scripted(clock, rules, options);
  const events: FlowEvent[] = [];
  const fraction = seededRandom(seed);
  const recorded = { record: (event: FlowEvent) => void events.push(event) };
  const { circuits, quiet, states, reach, consents } = routePorts(clock, rules, fraction, recorded);
  const [blocks, refusals] = [createMemoryBlocks(), createMemoryRefusals()];
  const [health, figures] = [createMemoryHealth(), createMemoryFigures()];
  const forFlows = new Map([...providers].map(([route, p]) => [route, wrapped(p, wrap.provider)]));
  let ids = 0;
  const deps: FlowDeps = {
    clock,
    random: { fraction, id: () => `019aa000-0000-7000-8000-${String(++ids).padStart(12, "0")}` },
    store: wrapped(store, wrap.store),
    jobs: wrapped(jobs, wrap.jobs),
    providers: { forRoute: (route) => known(forFlows, route) },
    states,
    circuits: wrapped(circuits, wrap.circuits),
    quiet,
    health,
    figures,
    pacer: unpaced,
    reach: wrapped(reach, wrap.reach),
    consents,
    blocks,
    refusals,
    defaultRoutes: [...rules.routes.keys()],
    routeOrder: options.routeOrder ?? "fixed",
    events: recorded,
    rules,
  };
  const acceptOne = (changes: Partial<AcceptRequest> = {}) => accept(deps, { ...REQUEST, ...changes });
  return {
    clock,
    rules,
    store,
    jobs,
    states,
    circuits,
    quiet,
    health,
    figures,
    reach,
    consents,
    blocks,
    refusals,
    providers,
    events,
    deps,
    accept: acceptOne,
    taken: async (changes) => {
      const result = await acceptOne(changes);
      if (result.kind !== "accepted") throw new Error(`Refused with ${result.code}`);
      return result.delivery.id;
    },
    delivery: async (id) => {
      const stored = await store.load(id);
      if (!stored) throw new Error(`There is no delivery ${id}`);
      return stored.delivery;
    },
    provider: (route) => known(providers, route),
  };
}

function routePorts({ now }: VirtualClock, rules: Rules, random: () => number, events: Events) {
  const circuits = createMemoryCircuits({ now, rules, random });
  const quiet = createMemoryQuiet({ now, rules, events });
  const states = createMemoryStates(circuits.isOpen, quiet.isQuiet);
  return { circuits, quiet, states, reach: createMemoryReach(), consents: createMemoryConsents() };
}

function wrapped<Port>(plain: Port, wrap: ((port: Port) => Port) | undefined): Port {
  return wrap ? wrap(plain) : plain;
}

const REQUEST: AcceptRequest = {
  client: CLIENT,
  recipient: NUMBER,
  content: { code: CODE, text: TEXT },
  purpose: "login",
  validForMs: 300_000,
  reference: undefined,
  routes: undefined,
  idempotencyKey: undefined,
  fingerprint: TEXT,
};

function scripted(clock: VirtualClock, rules: Rules, options: FlowBundleOptions) {
  const onReport = options.onReport ?? (() => undefined);
  return new Map(
    [...rules.routes.values()].map(({ id, provider: name, canLookUp }) => {
      const keptBy = canLookUp ? {} : { lookUps: "none" as const };
      const script = { answers: [{ outcome: accepted }], ...keptBy, ...options.scripts?.[id] };
      return [id, createScriptedProvider({ clock, name, script, onReport })];
    }),
  );
}

function known<T>(map: ReadonlyMap<string, T>, route: string): T {
  const found = map.get(route);
  if (found === undefined) throw new Error(`No provider serves ${route}`);
  return found;
}
