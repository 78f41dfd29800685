import { createCrew, type Crew } from "../workers/crew.ts";
import type { Config } from "./config.ts";
import type { DataDir } from "./data-dir.ts";
import type { Connected } from "./connect.ts";
import { eventCrew } from "./event-home.ts";
import { type RouteRules, type Rules, withReports } from "./core/rules.ts";
import { runKeys, type RunningKeys } from "./key-home.ts";
import { masterKeysOf, reportTokensOf, reportUrlsOf } from "./master-keys.ts";
import type { ReportReader } from "./flows/report-port.ts";
import { type AlertWebhook, createAlertWebhook } from "./notify/webhook.ts";
import { systemClock } from "./platform/clock.ts";
import type { PolicyWatch } from "./policy-watch.ts";
import { createLivePolicy, type LivePolicy } from "./policy/live.ts";
import type { Logger } from "./platform/logger.ts";
import type { Metrics } from "./platform/metrics.ts";
import type { ConfiguredProvider, RunningProvider } from "./providers/provider.ts";
import { failFastClient, onClientErrors, patientClient, type RedisAddress } from "./redis/client.ts";
import { conservationGap } from "./redis/health.ts";
import { createKeys, type Keys } from "./redis/keys.ts";
import { createTurns, type SharedTurns } from "./redis/turns.ts";

/** Wires the parts of one process. The only file, with api.ts, that knows everyone. */

export type BaseDeps = {
  config: Config;
  dataDir: DataDir;
  logger: Logger;
  metrics: Pick<Metrics, "onFlowEvent" | "alerted" | "alertPosted">;
  redis: RedisAddress;
};

export type Base = BaseDeps & {
  vault: RunningKeys;
  keys: Keys;
  /** Where providers reach us, without a slash at the end. */
  publicUrl: string | undefined;
  /** Newest first. */
  reportTokens: ReadonlyMap<string, readonly string[]>;
  reportReaders: readonly ReportReader[];
  providers: ReadonlyMap<string, RunningProvider>;
  /** The present rules, also after the policy file has changed. */
  rules: Rules;
  live: LivePolicy;
  /** Once this process watches its policy file. */
  policyWatch?: Pick<PolicyWatch, "fault">;
  /** Ends the connections to providers, and the one that the keys come by. */
  close: () => Promise<void>;
};

/** What both roles share. @param publicUrl overrides PUBLIC_URL, for twins that report to this very process */
export function composeBase(deps: BaseDeps, publicUrl = deps.config.PUBLIC_URL): Base {
  const { config, dataDir } = deps;
  const masterKeys = masterKeysOf(config, dataDir);
  const vault = runKeys(config, deps.redis, masterKeys, deps.logger);
  const reportTokens = reportTokensOf(masterKeys(), config.providers);
  const reportUrls = publicUrl === undefined ? {} : reportUrlsOf(reportTokens, publicUrl);
  const keys = createKeys(config.REDIS_PREFIX);
  const turns = recordTurns(deps, keys);
  const context = (name: string) => ({
    clock: systemClock,
    proxy: config.OUTBOUND_PROXY,
    reportUrl: reportUrls[name],
  });
  const created = (p: ConfiguredProvider) =>
    p.create({ ...context(p.name), turns: turns.of(p.rules.account) });
  const providers = new Map(config.providers.map((p) => [p.rules.id, created(p)]));
  const fitted = (rules: Rules) => reachableRules(rules, publicUrl);
  const live = createLivePolicy(config.policy, { now: systemClock.now, fitted });
  return {
    ...deps,
    vault,
    keys,
    publicUrl,
    reportTokens,
    reportReaders: config.providers.flatMap((p) => p.reports?.(context(p.name)) ?? []),
    providers,
    rules: live.rules,
    live,
    close: async () => {
      vault.close();
      await Promise.all([...providers.values()].map((p) => p.close()));
      turns.close();
    },
  };
}

/** On a connection of their own: a reading must not wait where workers' commands wait for Redis to come back. */
function recordTurns({ config, logger, redis }: BaseDeps, keys: Keys): SharedTurns {
  const connect = () => {
    const client = failFastClient(redis, "otpost-turns");
    onClientErrors(client, (reason) => logger.warn("redis.connection", { reason }));
    return client;
  };
  return createTurns(connect, keys, config.rules.recordReads);
}

/** Without a public URL nobody can send us reports, so they are asked for. */
function reachableRules(rules: Rules, publicUrl: string | undefined): Rules {
  const fitted = (route: RouteRules) => withReports(route, publicUrl === undefined ? "poll" : route.reports);
  return { ...rules, routes: new Map([...rules.routes].map(([id, route]) => [id, fitted(route)])) };
}

/** The workers of this process, not yet running. */
export function composeCrew(base: Base, connected: Connected): { crew: Crew; close: () => Promise<void> } {
  const { flows, queues, client: own } = connected;
  const webhook = alertWebhook(base.config);
  const events = eventCrew(base, connected);
  const client = patientClient(base.redis, "otpost-worker");
  onClientErrors(client, (reason) => base.logger.warn("redis.connection", { reason }));
  const crew = createCrew({
    flows,
    queues,
    client,
    prefix: base.config.REDIS_PREFIX,
    lanes: base.config.providers.map((p) => laneOf(p, base.rules)),
    conservationGap: () => conservationGap(own, base.keys),
    notify: { webhook, onPosted: base.metrics.alertPosted, notify: events.notify },
    forwardEvents: events.forwardEvents,
    onError: (worker, reason) => base.logger.warn("worker.error", { queue: worker, reason }),
  });
  base.live.onChange(() => crew.pace((route) => base.rules.routes.get(route)?.perSecond));
  const close = async () => {
    client.disconnect();
    await Promise.all([webhook?.close(), events.close()]);
  };
  return { crew, close };
}

/** The policy's rate, where it has one, else the provider's own. */
function laneOf({ rules: { id: route }, lane }: ConfiguredProvider, rules: Rules) {
  return { route, ...lane, perSecond: rules.routes.get(route)?.perSecond ?? lane.perSecond };
}

/** @returns undefined where nobody is to be told by HTTP */
export function alertWebhook(config: Config): AlertWebhook | undefined {
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret, OUTBOUND_PROXY: proxy } = config;
  if (url === undefined || secret === undefined) return undefined;
  return createAlertWebhook({ url, secret, proxy, now: systemClock.now });
}
