import type { Redis } from "ioredis";
import { createCrew, type Crew } from "../workers/crew.ts";
import type { Config } from "./config.ts";
import type { DataDir } from "./data-dir.ts";
import type { DeliveryStore, FlowDeps, ReportReader } from "./flows/ports.ts";
import { systemClock } from "./platform/clock.ts";
import { createEventLog } from "./platform/event-log.ts";
import type { Logger } from "./platform/logger.ts";
import type { Metrics } from "./platform/metrics.ts";
import { systemRandom } from "./platform/random.ts";
import { createVault, type Vault } from "./platform/secret.ts";
import type { RunningProvider } from "./providers/provider.ts";
import { failFastClient, onClientErrors, patientClient, type RedisAddress } from "./redis/client.ts";
import { createDeliveryStore } from "./redis/delivery-store.ts";
import { createKeys, type Keys } from "./redis/keys.ts";
import { createJobs, createQueues, type Queues } from "./redis/queues.ts";
import { remembering } from "./redis/remembered.ts";

/** Wires the parts of one process. The only file, with api.ts, that knows everyone. */

export type BaseDeps = {
  config: Config;
  dataDir: DataDir;
  logger: Logger;
  metrics: Pick<Metrics, "onFlowEvent">;
  redis: RedisAddress;
};

export type Base = BaseDeps & {
  vault: Vault;
  keys: Keys;
  /** Where providers reach us, without a slash at the end. */
  publicUrl: string | undefined;
  reportTokens: ReadonlyMap<string, string>;
  reportReaders: readonly ReportReader[];
  providers: ReadonlyMap<string, RunningProvider>;
  /** Ends the connections to providers. */
  close: () => Promise<void>;
};

/** What both roles share. @param publicUrl overrides PUBLIC_URL, for twins that report to this very process */
export function composeBase(deps: BaseDeps, publicUrl = deps.config.PUBLIC_URL): Base {
  const { config, dataDir } = deps;
  const masterKey = config.MASTER_KEY ?? Buffer.from(dataDir.secret("master.key"), "base64url");
  const vault = createVault(masterKey);
  const reportTokens = new Map(config.providers.map((p) => [p.name, vault.hash("report token", p.name)]));
  const context = (name: string) => ({
    clock: systemClock,
    proxy: config.OUTBOUND_PROXY,
    reportUrl: publicUrl && `${publicUrl}/reports/${name}/${reportTokens.get(name) ?? ""}`,
  });
  const providers = new Map(config.providers.map((p) => [p.rules.id, p.create(context(p.name))]));
  return {
    ...deps,
    vault,
    keys: createKeys(config.REDIS_PREFIX),
    publicUrl,
    reportTokens,
    reportReaders: config.providers.flatMap((p) => p.reports?.(context(p.name)) ?? []),
    providers,
    close: async () => void (await Promise.all([...providers.values()].map((p) => p.close()))),
  };
}

export type Connected = { flows: FlowDeps; queues: Queues; client: Redis; close: () => Promise<void> };

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
  const flows = flowDeps(base, wrap(store), createJobs(queues, client));
  const close = async () => {
    await queues.close();
    for (const c of [client, queueClient]) c.disconnect();
  };
  return { flows, queues, client, close };
}

function flowDeps(base: Base, store: DeliveryStore, jobs: FlowDeps["jobs"]): FlowDeps {
  const log = createEventLog(base.logger);
  return {
    clock: systemClock,
    random: systemRandom,
    store,
    jobs,
    providers: { forRoute: (route) => providerOf(base, route) },
    defaultRoutes: base.config.routes,
    events: {
      record: (event) => {
        log(event);
        base.metrics.onFlowEvent(event);
      },
    },
    rules: base.config.rules,
  };
}

function providerOf({ providers }: Base, route: string): RunningProvider {
  const provider = providers.get(route);
  if (!provider) throw new Error(`Route ${route} is not configured`);
  return provider;
}

/** The workers of this process, not yet running. */
export function composeCrew(base: Base, { flows, queues }: Connected): { crew: Crew; close: () => void } {
  const client = patientClient(base.redis, "otpost-worker");
  onClientErrors(client, (reason) => base.logger.warn("redis.connection", { reason }));
  const crew = createCrew({
    flows,
    queues,
    client,
    prefix: base.config.REDIS_PREFIX,
    lanes: base.config.providers.map((p) => ({ route: p.rules.id, ...p.lane })),
    onError: (worker, reason) => base.logger.warn("worker.error", { queue: worker, reason }),
  });
  return { crew, close: () => client.disconnect() };
}
