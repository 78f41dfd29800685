import type { Redis } from "ioredis";
import { v7 } from "uuid";
import type { SendOutcome } from "../../src/core/outcome.ts";
import { type Accepted, type AcceptRequest, accept } from "../../src/flows/accept.ts";
import type { FlowDeps, Message } from "../../src/flows/ports.ts";
import type { FlowEvent } from "../../src/flows/events.ts";
import type { SendLimits } from "../../src/redis/create-step.ts";
import { createBlocks } from "../../src/redis/blocks.ts";
import { createRefusals, type RunningRefusals } from "../../src/redis/refusals.ts";
import { createConsents } from "../../src/redis/consents.ts";
import { createPacer } from "../../src/redis/pacer.ts";
import { createReach } from "../../src/redis/reach.ts";
import { createJobs, createQueues, type Queues } from "../../src/redis/queues.ts";
import { testRules } from "./build.ts";
import { CLIENT } from "./flow-bundle.ts";
import { createMemoryCircuits } from "./memory-circuits.ts";
import { createMemoryFigures, type MemoryFigures } from "./memory-figures.ts";
import { createMemoryHealth } from "./memory-health.ts";
import { createMemoryQuiet } from "./memory-quiet.ts";
import { createMemoryStates } from "./memory-states.ts";
import { aNumber, aRedisStore, type RedisStoreBundle } from "./store-bundle.ts";

export type RedisBundle = RedisStoreBundle & {
  prefix: string;
  queues: Queues;
  deps: FlowDeps;
  events: FlowEvent[];
  figures: MemoryFigures;
  /** Every message that a provider was asked to send. */
  sent: Message[];
  refusals: RunningRefusals;
  /** Refusals that could not be taken down, each time they were told. */
  lost: number[];
  accept: (changes?: Partial<AcceptRequest>) => Promise<Accepted>;
};

export type RedisBundleOptions = {
  client?: Redis;
  limits?: SendLimits;
  /** On a server of the test's own only. */
  prefix?: string;
  send?: (message: Message) => Promise<SendOutcome>;
};

/** The flows over real Redis and BullMQ, with providers that take everything unless told otherwise. */
export function aRedisBundle(options: RedisBundleOptions = {}): RedisBundle {
  const bundle = aRedisStore(options.limits, options.client, options.prefix);
  const { client } = bundle;
  const { prefix } = bundle.keys;
  const rules = testRules();
  const routes = [...rules.routes.keys()];
  const queues = createQueues({ client, prefix, routes });
  const events: FlowEvent[] = [];
  const sent: Message[] = [];
  const send = async (message: Message): Promise<SendOutcome> => {
    sent.push(message);
    return options.send?.(message) ?? { kind: "accepted", providerMessageId: `m-${message.reference}` };
  };
  const provider = { carries: () => true, send, lookUp: async () => ({ kind: "absent" as const }) };
  const circuits = createMemoryCircuits({ now: Date.now, rules, random: Math.random });
  const recorded = { record: (event: FlowEvent) => void events.push(event) };
  const quiet = createMemoryQuiet({ now: Date.now, rules, events: recorded });
  const { keys, vault } = bundle;
  const lost: number[] = [];
  const refusals = createRefusals({ client, keys, vault, now: Date.now, onLost: (n) => lost.push(n) });
  const figures = createMemoryFigures();
  const deps: FlowDeps = {
    clock: { now: Date.now, elapsed: performance.now.bind(performance) },
    random: { fraction: Math.random, id: v7 },
    store: bundle.store,
    jobs: createJobs(queues, client, bundle.keys),
    providers: { forRoute: () => provider },
    states: createMemoryStates(circuits.isOpen, quiet.isQuiet),
    circuits,
    quiet,
    health: createMemoryHealth(),
    figures,
    pacer: createPacer(client, bundle.keys, rules),
    reach: createReach(client, bundle.keys, bundle.vault),
    consents: createConsents(client, bundle.keys, bundle.vault),
    blocks: createBlocks({ client, keys: bundle.keys, now: Date.now, elapsed: () => performance.now() }),
    refusals,
    defaultRoutes: routes,
    routeOrder: "fixed",
    events: recorded,
    rules,
  };
  const read = untilRead(deps.blocks);
  return {
    ...bundle,
    prefix,
    queues,
    deps,
    events,
    figures,
    sent,
    refusals,
    lost,
    accept: async (changes) => {
      await read;
      return accept(deps, { ...aRequest(), ...changes });
    },
    close: async () => {
      await refusals.close();
      await queues.close();
      await bundle.close();
    },
  };
}

/** An intake says busy until it has read the blocked prefixes, which takes a loaded machine more than its 0.1 s. */
async function untilRead(blocks: FlowDeps["blocks"]): Promise<void> {
  for (let tries = 0; tries < 50 && (await blocks.match(aNumber())) === "unread"; tries++);
}

export function aRequest(): AcceptRequest {
  const id = v7();
  return {
    client: CLIENT,
    recipient: aNumber(),
    content: { code: "483920", text: `483920 is your Nextcloud code ${id}` },
    purpose: "login",
    validForMs: 300_000,
    reference: undefined,
    routes: undefined,
    idempotencyKey: undefined,
    fingerprint: id,
  };
}
