import type { Redis } from "ioredis";
import type { Base } from "./compose.ts";
import type { DeliveryStore, FlowDeps } from "./flows/ports.ts";
import { alertOf } from "./flows/alerts.ts";
import type { Events } from "./flows/events.ts";
import type { Refusals } from "./flows/limit-ports.ts";
import { systemClock } from "./platform/clock.ts";
import { createEventLog } from "./platform/event-log.ts";
import { systemRandom } from "./platform/random.ts";
import type { RunningProvider } from "./providers/provider.ts";
import { createAlerts, type RunningAlerts } from "./redis/alerts.ts";
import { createBlocks } from "./redis/blocks.ts";
import { createCircuitStore } from "./redis/circuit-store.ts";
import { createCircuits, type RunningCircuits } from "./redis/circuits.ts";
import { failFastClient, onClientErrors, patientClient } from "./redis/client.ts";
import { createConsents } from "./redis/consents.ts";
import type { SendLimits } from "./redis/create-step.ts";
import { createDeliveryStore } from "./redis/delivery-store.ts";
import { createFigureRecorder, type RunningFigures } from "./redis/figure-recorder.ts";
import { createFigureStore } from "./redis/figure-store.ts";
import { createHealthRoutes, type RunningHealth } from "./redis/health-routes.ts";
import { createLaneStarts } from "./redis/lane-starts.ts";
import { createOrderStore } from "./redis/order-store.ts";
import { createOrders, type Orders } from "./redis/orders.ts";
import { createPacer } from "./redis/pacer.ts";
import { orKnown } from "./redis/patience.ts";
import { publishRoutes } from "./redis/published-routes.ts";
import { createJobs, createQueues, type Queues } from "./redis/queues.ts";
import { createQuietRoutes, type RunningQuietRoutes } from "./redis/quiet-routes.ts";
import { createReach } from "./redis/reach.ts";
import { createRefusals } from "./redis/refusals.ts";
import { remembering } from "./redis/remembered.ts";
import { createRouteStates } from "./redis/route-states.ts";

/** The two kinds of connection to Redis, with everything that lives on them. */

export type Connected = {
  flows: FlowDeps;
  queues: Queues;
  client: Redis;
  circuits: RunningCircuits;
  orders: Orders;
  alerts: RunningAlerts;
  quiet: RunningQuietRoutes;
  refusals: Refusals;
  health: RunningHealth;
  figures: RunningFigures;
  close: () => Promise<void>;
};

/** Alerts that are still on their way into Redis get this long at the end. */
const LAST_ALERTS_MS = 1_000;

/** For requests: every command answers within a second, and living codes are known while Redis is away. */
export function connectForRequests(base: Base): Connected {
  const make = (name: string) => failFastClient(base.redis, `otpost-${name}`);
  return connected(base, make, (store) => remembering(store, base.vault, systemClock.now));
}

/** For workers: commands wait for Redis to come back. */
export function connectForWork(base: Base): Connected {
  const work = connected(
    base,
    (name) => patientClient(base.redis, `otpost-work-${name}`),
    (store) => store,
  );
  const publish = () => {
    const published = { routes: [...base.rules.routes.values()], order: [...base.live.current().order] };
    // Only tools want it, so a worker starts without: the next start writes it.
    publishRoutes(work.client, base.keys, published).catch(() => undefined);
  };
  publish();
  base.live.onChange(publish);
  return work;
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
  const { keys, vault, config } = base;
  const store = createDeliveryStore({ client, keys, vault, limits: sendLimits(config) });
  const alerts = alertsOf(base, queues, client);
  const known = flowDeps(base, wrap(store), queues, client, alerts);
  const { circuits, orders, quiet, health, states, starts, flows, refusals, figures } = known;
  const close = async () => {
    await Promise.all([refusals.close(), figures.close()]);
    for (const part of [circuits, orders, quiet, health, states, starts]) part.close();
    await orKnown(alerts.settled(), undefined, LAST_ALERTS_MS);
    await queues.close();
    for (const c of [client, queueClient]) c.disconnect();
  };
  return { flows, queues, client, circuits, orders, alerts, quiet, health, figures, refusals, close };
}

function sendLimits(config: Base["config"]): SendLimits {
  return {
    per10Min: config.RECIPIENT_LIMIT_10_MIN,
    perDay: config.RECIPIENT_LIMIT_DAY,
    prefixPer10Min: config.PREFIX_LIMIT_10_MIN,
    newPrefixPer10Min: config.PREFIX_LIMIT_NEW_10_MIN,
  };
}

function alertsOf(base: Base, queues: Queues, client: Redis): RunningAlerts {
  const { keys, logger, metrics } = base;
  return createAlerts({
    client,
    keys,
    queues,
    onRaised: ({ alert, severity, says }) => {
      logger.warn("alert.raised", { what: alert, reason: severity, detail: says });
      metrics.alerted(alert);
    },
    onLost: ({ alert }) => logger.warn("alert.lost", { what: alert }),
  });
}

function flowDeps(
  base: Base,
  store: DeliveryStore,
  queues: Queues,
  client: Redis,
  alerts: Pick<RunningAlerts, "raise">,
) {
  const { rules, keys, vault, live, config } = base;
  const starts = createLaneStarts(client, keys, systemClock.now);
  const events = flowEvents(base, alerts, starts.started);
  const known = knownOfRoutes(base, queues, client, events);
  const onLost = (count: number) => events.record({ kind: "refusals.lost", count });
  const refusals = createRefusals({ client, keys, vault, now: systemClock.now, onLost });
  const figures = createFigureRecorder(createFigureStore(client, keys), systemClock.now);
  const flows: FlowDeps = {
    clock: systemClock,
    random: systemRandom,
    store,
    jobs: createJobs(queues, client, keys),
    providers: { forRoute: (route) => providerOf(base, route) },
    states: known.states,
    circuits: known.circuits,
    quiet: known.quiet,
    health: known.health,
    figures,
    pacer: createPacer(client, keys, rules),
    reach: createReach(client, keys, vault),
    consents: createConsents(client, keys, vault),
    blocks: createBlocks({ client, keys, ...systemClock }),
    refusals,
    get defaultRoutes() {
      return live.current().order;
    },
    routeOrder: config.ROUTE_ORDER,
    events,
    rules,
  };
  return { ...known, starts, flows, refusals, figures };
}

/** What every process knows of the routes, shared through Redis. */
function knownOfRoutes({ rules, keys }: Base, queues: Queues, client: Redis, events: Events) {
  const now = systemClock.now;
  const orders = createOrders({ store: createOrderStore(client, keys), events, now });
  const store = createCircuitStore(client, keys);
  const circuits = createCircuits({ store, orders, rules, events, now, random: Math.random });
  const quiet = createQuietRoutes({ client, keys, rules, events, now });
  const health = createHealthRoutes({ client, keys, routes: new Set(rules.routes.keys()), now });
  const { isOpen } = circuits;
  const { restMs } = orders;
  const states = createRouteStates({
    client,
    keys,
    queues,
    rules,
    isOpen,
    isQuiet: quiet.isQuiet,
    restMs,
    now,
  });
  return { orders, circuits, quiet, health, states };
}

function flowEvents(
  { logger, metrics }: Base,
  alerts: Pick<RunningAlerts, "raise">,
  started: (route: string) => void,
): Events {
  const log = createEventLog(logger);
  return {
    record: (event) => {
      log(event);
      metrics.onFlowEvent(event);
      if (event.kind === "attempt.started") started(event.route);
      const alert = alertOf(event);
      if (alert) alerts.raise(alert);
    },
  };
}

function providerOf({ providers }: Base, route: string): RunningProvider {
  const provider = providers.get(route);
  if (!provider) throw new Error(`Route ${route} is not configured`);
  return provider;
}
