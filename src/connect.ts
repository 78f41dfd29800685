import type { Redis } from "ioredis";
import type { Base } from "./compose.ts";
import type { DeliveryStore, FlowDeps } from "./flows/ports.ts";
import type { Events } from "./flows/events.ts";
import { systemClock } from "./platform/clock.ts";
import { createEventLog } from "./platform/event-log.ts";
import { systemRandom } from "./platform/random.ts";
import type { RunningProvider } from "./providers/provider.ts";
import { createCircuitStore } from "./redis/circuit-store.ts";
import { createCircuits, type RunningCircuits } from "./redis/circuits.ts";
import { failFastClient, onClientErrors, patientClient } from "./redis/client.ts";
import { createConsents } from "./redis/consents.ts";
import { createDeliveryStore } from "./redis/delivery-store.ts";
import { createPacer } from "./redis/pacer.ts";
import { createJobs, createQueues, type Queues } from "./redis/queues.ts";
import { createReach } from "./redis/reach.ts";
import { remembering } from "./redis/remembered.ts";
import { createRouteStates } from "./redis/route-states.ts";

/** The two kinds of connection to Redis, with everything that lives on them. */

export type Connected = {
  flows: FlowDeps;
  queues: Queues;
  client: Redis;
  circuits: RunningCircuits;
  close: () => Promise<void>;
};

/** For requests: every command answers within a second, and living codes are known while Redis is away. */
export function connectForRequests(base: Base): Connected {
  const make = (name: string) => failFastClient(base.redis, `otpost-${name}`);
  return connected(base, make, (store) => remembering(store, base.vault, systemClock.now));
}

/** For workers: commands wait for Redis to come back. */
export function connectForWork(base: Base): Connected {
  return connected(
    base,
    (name) => patientClient(base.redis, `otpost-work-${name}`),
    (store) => store,
  );
}

/** BullMQ defines some 70 scripts on its client, which makes pipelines dear there: the store has its own. */
function connected(
  base: Base,
  make: (name: string) => Redis,
  wrap: (store: DeliveryStore) => DeliveryStore,
): Connected {
  const [client, queueClient] = [make("store"), make("queues")];
  for (const c of [client, queueClient]) {
    onClientErrors(c, (reason) => base.logger.warn("redis.connection", { reason }));
  }
  const routes = base.config.providers.map((p) => p.rules.id);
  const queues = createQueues({ client: queueClient, prefix: base.config.REDIS_PREFIX, routes });
  const { RECIPIENT_LIMIT_10_MIN: per10Min, RECIPIENT_LIMIT_DAY: perDay } = base.config;
  const store = createDeliveryStore({
    client,
    keys: base.keys,
    vault: base.vault,
    limits: { per10Min, perDay },
  });
  const { circuits, states, flows } = flowDeps(base, wrap(store), queues, client);
  const close = async () => {
    circuits.close();
    states.close();
    await queues.close();
    for (const c of [client, queueClient]) c.disconnect();
  };
  return { flows, queues, client, circuits, close };
}

function flowDeps(base: Base, store: DeliveryStore, queues: Queues, client: Redis) {
  const { rules, keys, vault, config } = base;
  const events = flowEvents(base);
  const circuitStore = createCircuitStore(client, keys);
  const circuits = createCircuits({
    store: circuitStore,
    rules,
    events,
    now: systemClock.now,
    random: Math.random,
  });
  const states = createRouteStates({ client, queues, rules, isOpen: circuits.isOpen });
  const flows: FlowDeps = {
    clock: systemClock,
    random: systemRandom,
    store,
    jobs: createJobs(queues, client),
    providers: { forRoute: (route) => providerOf(base, route) },
    states,
    circuits,
    pacer: createPacer(client, keys, rules),
    reach: createReach(client, keys, vault),
    consents: createConsents(client, keys, vault),
    defaultRoutes: config.routes,
    events,
    rules,
  };
  return { circuits, states, flows };
}

function flowEvents({ logger, metrics }: Base): Events {
  const log = createEventLog(logger);
  return {
    record: (event) => {
      log(event);
      metrics.onFlowEvent(event);
    },
  };
}

function providerOf({ providers }: Base, route: string): RunningProvider {
  const provider = providers.get(route);
  if (!provider) throw new Error(`Route ${route} is not configured`);
  return provider;
}
