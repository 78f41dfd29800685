import { randomUUID } from "node:crypto";
import type { Base } from "./compose.ts";
import type { Connected } from "./connect.ts";
import type { Config } from "./config.ts";
import type { DataDir } from "./data-dir.ts";
import { accept } from "./flows/accept.ts";
import { unauthenticReport } from "./flows/alerts.ts";
import { createLiveStreams } from "./http/console/live.ts";
import { operatorPeople } from "./operator-people.ts";
import { cancel, tellOutcome } from "./flows/outcome.ts";
import type { Client, Stored } from "./flows/ports.ts";
import { sendAgain } from "./flows/resend.ts";
import { createPublicApp } from "./http/app.ts";
import { listen } from "./http/listen.ts";
import type { AnsweredRequest } from "./http/route.ts";
import { createOperatorApp } from "./http/operator-app.tsx";
import { metricSources, type Source } from "./metric-sources.ts";
import { systemClock } from "./platform/clock.ts";
import type { Logger } from "./platform/logger.ts";
import { createMetrics, type Metrics } from "./platform/metrics.ts";
import { liveDesk } from "./live-desk.ts";
import { createBalance } from "./provider-balance.ts";
import { createReadModel } from "./read-model.ts";
import { readiness } from "./readiness.ts";
import { createClientJournal } from "./redis/client-journal.ts";
import { createSigners } from "./redis/signers.ts";
import { createClients } from "./redis/clients.ts";
import { recentAlerts } from "./redis/alerts.ts";
import { createReportQueue } from "./redis/queues.ts";
import { circuitsOf, reportingOf } from "./route-health.ts";
import { VERSION } from "./version.ts";

/** The listeners of one process over its connections. */

export type ApiDeps = {
  config: Config;
  logger: Logger;
  dataDir: DataDir;
  /** Twins serve: answers say that nothing leaves the house. */
  sandbox: boolean;
  draining: () => boolean;
};

export type Api = {
  /** Exists before the connections do, for they report to it. */
  metrics: Metrics;
  operatorToken: string;
  listen: (base: Base, connected: Connected) => Promise<Listeners>;
  /** Probes and metrics only, for a process without intake. */
  listenForOperators: (base: Base, connected: Connected) => Promise<Pick<Listeners, "operatorUrl" | "close">>;
};

export type Listeners = { publicUrl: string; operatorUrl: string; close: () => Promise<void> };

export function createApi(deps: ApiDeps): Api {
  let source: Source | undefined;
  const metrics = createMetrics(metricSources(() => source));
  const operatorToken = deps.config.OPERATOR_TOKEN ?? deps.dataDir.secret("operator.token");
  const listenForOperators: Api["listenForOperators"] = async (base, connected) => {
    source = { base, connected };
    const live = createLiveStreams(systemClock);
    const { find, figures, close: closeReads } = createReadModel(base, connected);
    const app = createOperatorApp({
      ...shared(deps, metrics, base, connected),
      ...operatorPeople(deps, metrics, base, connected),
      ...operatorDeps(operatorToken, metrics, base, connected),
      live,
      find,
      figures,
    });
    const { HOST: host, OPERATOR_PORT: port } = deps.config;
    const { url, close } = await listen(app, { host, port, setting: "OPERATOR_PORT" });
    // Streams do not end by themselves: a listener that waits for its requests would wait for them in vain.
    return { operatorUrl: url, close: async () => (live.close(), closeReads(), close()) };
  };
  return {
    metrics,
    operatorToken,
    listenForOperators,
    listen: async (base, connected) => {
      const operators = await listenForOperators(base, connected);
      const app = createPublicApp({
        ...shared(deps, metrics, base, connected),
        ...publicDeps(deps, base, connected),
      });
      const { HOST: host, PORT: port } = deps.config;
      const { url, close } = await listen(app, { host, port, setting: "PORT" });
      return {
        ...operators,
        publicUrl: url,
        close: async () => void (await Promise.all([close(), operators.close()])),
      };
    },
  };
}

function shared({ config, logger, draining }: ApiDeps, metrics: Metrics, base: Base, connected: Connected) {
  return {
    clock: systemClock,
    fraction: Math.random,
    requestId: randomUUID,
    trustedProxies: config.TRUSTED_PROXIES,
    version: VERSION,
    readiness: () => readiness(base, connected, draining()),
    onRequest: (request: AnsweredRequest) => {
      metrics.httpObserved(request);
      const { requestId, clientId, deliveryId, door, method, route, status, tookMs, code: reason } = request;
      const who = { requestId, clientId, deliveryId, door };
      logger.info("http.request", { ...who, method, route, status, tookMs, reason });
    },
    onFault: (error: unknown, trace: { requestId: string }) =>
      logger.error("http.fault", error, { requestId: trace.requestId }),
  };
}

/** Where this machine reaches the public listener; not to be told to a provider. */
export function localUrl({ HOST, PORT }: Pick<Config, "HOST" | "PORT">): string {
  const host = HOST === "0.0.0.0" || HOST === "::" ? "localhost" : HOST;
  return `http://${host.includes(":") ? `[${host}]` : host}:${PORT}`;
}

function publicDeps(
  { config, sandbox, logger }: ApiDeps,
  base: Base,
  { flows, queues, client, alerts, refusals }: Connected,
) {
  // Nothing that twins take costs anything.
  const unlimited = sandbox ? () => undefined : warnOnce(logger);
  const routes = config.routes.map((route) => flows.providers.forRoute(route));
  return {
    clients: createClients({ client, keys: base.keys, elapsed: systemClock.elapsed }),
    signers: createSigners({ client, keys: base.keys, vault: base.vault, elapsed: systemClock.elapsed }),
    accept: (request: Parameters<typeof accept>[1]) => {
      unlimited(request.client);
      return accept(flows, request);
    },
    refusals,
    load: flows.store.load,
    journal: createClientJournal(client, base.keys, base.vault),
    balance: createBalance({ providers: routes, elapsed: systemClock.elapsed }),
    ...callersWords(flows),
    reportReaders: base.reportReaders,
    reportTokens: base.reportTokens,
    // Signatures cover the whole address, so without PUBLIC_URL it is the one that `otpost up` prints.
    publicUrl: base.publicUrl ?? localUrl(config),
    enqueueReport: createReportQueue(queues),
    onAlert: ({ kind, provider }: { kind: string; provider: string }) => {
      logger.warn(kind, { provider });
      alerts.raise(unauthenticReport(provider, systemClock.now()));
    },
    sandbox,
  };
}

/** Once for each client and start: whoever has its key can spend whatever the providers' accounts hold. */
function warnOnce(logger: Logger): (client: Client) => void {
  const told = new Set<string>();
  return ({ id, limits }) => {
    if (limits?.spendMicros !== undefined || limits?.perDay !== undefined || told.has(id)) return;
    told.add(id);
    logger.warn("client.unlimited", { clientId: id });
  };
}

/** What callers may say of a delivery after it was taken on. */
function callersWords(flows: Connected["flows"]) {
  return {
    rules: flows.rules,
    sendAgain: (stored: Stored) => sendAgain(flows, stored, "caller"),
    tellOutcome: (stored: Stored, verified: boolean) => tellOutcome(flows, stored, verified),
    cancel: (stored: Stored) => cancel(flows, stored),
    newestLogin: flows.store.newestLogin,
  };
}

function operatorDeps(operatorToken: string, { registry }: Metrics, base: Base, connected: Connected) {
  const { client, queues } = connected;
  return {
    operatorToken,
    operatorUrl: base.config.OPERATOR_URL,
    registry: { contentType: registry.contentType, metrics: () => registry.metrics() },
    queues: queues.all,
    circuits: () => circuitsOf(connected),
    desk: liveDesk(base, connected),
    alerts: () => recentAlerts(client, base.keys),
    reporting: () => reportingOf(connected),
  };
}
