import { resolve } from "node:path";
import { createApi, localUrl } from "../api.ts";
import { composeBase, composeCrew } from "../compose.ts";
import { connectForRequests, connectForWork } from "../connect.ts";
import { type Config, ConfigFault, readConfig, requireRealRoute } from "../config.ts";
import { openDataDir } from "../data-dir.ts";
import { reportUrlsOf } from "../master-keys.ts";
import type { Logger } from "../platform/logger.ts";
import type { Shutdown } from "../platform/shutdown.ts";
import type { Environment } from "../providers/provider.ts";
import { startPolicyWatch } from "../policy-watch.ts";
import { PROVIDERS } from "../providers/registry.ts";
import { whenReady } from "../redis/client.ts";
import { openRedis } from "../redis-home.ts";
import { ensureLocalClient } from "./local-client.ts";
import { type LocalTwins, startLocalTwins } from "./local-twins.ts";
import { settledPort } from "./port.ts";

export type UpDeps = {
  env: Environment;
  logger: Logger;
  /** Gets one step for each part as it starts, so that a start that fails half-way is undone as well. */
  shutdown: Shutdown;
};

/** What `npm start -- --json` prints. */
export type Ready = {
  publicUrl: string;
  operatorUrl: string;
  clientId: string;
  apiKey: string;
  operatorToken: string;
  dataDir: string;
  twins: LocalTwins["urls"] | null;
  /** Where each provider's reports have to be sent. Without PUBLIC_URL only this machine reaches them. */
  reportUrls: Record<string, string>;
  redis: string;
};

const REDIS_READY_MS = 30_000;

/**
 * The whole service in one process: Redis, intake, workers, and twins where no provider's key is set.
 * @throws ConfigFault, or an error whose message says what to do
 */
export async function up({ env, logger, shutdown }: UpDeps): Promise<Ready> {
  // A policy may name the routes of twins, which have no key yet.
  const asked = readConfig(env, { policy: "unread" });
  const dataDir = openDataDir(resolve(asked.DATA_DIR));
  const twins = await localTwins(env, dataDir.path, logger, shutdown);
  const config = await withPorts(readConfig({ ...env, ...twins?.env, DATA_DIR: dataDir.path }));
  if (!twins) requireRealRoute(config);
  const redis = await openRedis(config, logger);
  shutdown.add("redis", redis.close);
  const started = await startParts({ config, dataDir, logger, shutdown, redis: redis.address, twins });
  return { ...started, dataDir: dataDir.path, twins: twins?.urls ?? null, redis: redis.description };
}

/** Twins never run beside a real key, and never in production. */
async function localTwins(
  env: Environment,
  dataDir: string,
  logger: Logger,
  shutdown: Shutdown,
): Promise<LocalTwins | undefined> {
  const keys = [...PROVIDERS.filter((p) => p.channel !== "sandbox").map((p) => p.key), "HTTP_PROVIDERS"];
  if (keys.some((key) => env[key]?.trim())) return undefined;
  if (env["NODE_ENV"] === "production") {
    throw new ConfigFault(["SEVEN_API_KEY: no provider has a key, and twins do not run in production"]);
  }
  const twins = await startLocalTwins(dataDir, (event) => logger.debug(event));
  shutdown.add("twins", twins.close);
  return twins;
}

async function withPorts(config: Config): Promise<Config> {
  const [PORT, OPERATOR_PORT] = [
    await settledPort(config.PORT, config.HOST),
    await settledPort(config.OPERATOR_PORT, config.HOST),
  ];
  return Object.freeze({ ...config, PORT, OPERATOR_PORT });
}

type PartsDeps = Omit<UpDeps, "env"> & {
  config: Config;
  dataDir: ReturnType<typeof openDataDir>;
  redis: Parameters<typeof composeBase>[0]["redis"];
  twins: LocalTwins | undefined;
};

async function startParts(deps: PartsDeps): Promise<Omit<Ready, "dataDir" | "twins" | "redis">> {
  const { config, dataDir, logger, shutdown, twins } = deps;
  const api = createApi({
    config,
    logger,
    dataDir,
    sandbox: twins !== undefined,
    draining: shutdown.started,
  });
  // Twins report to this very process; a real provider needs PUBLIC_URL.
  const publicUrl = config.PUBLIC_URL ?? (twins ? localUrl(config) : undefined);
  const base = composeBase({ config, dataDir, logger, metrics: api.metrics, redis: deps.redis }, publicUrl);
  shutdown.add("providers", base.close);
  await base.vault.whenRead(REDIS_READY_MS);
  const requests = connectForRequests(base);
  shutdown.add("request connections", requests.close);
  await whenReady(requests.client, REDIS_READY_MS);
  const work = connectForWork(base);
  shutdown.add("worker connections", work.close);
  const { crew, close } = composeCrew(base, work);
  shutdown.add("worker client", close);
  await crew.run();
  shutdown.add("workers", crew.drain);
  shutdown.add("policy", startPolicyWatch(base, work.flows.events));
  const consent = twins ? "otpost up, for its twins" : undefined;
  const apiKey = await ensureLocalClient(requests.client, base.keys, dataDir, consent);
  const urls = await api.listen(base, requests);
  shutdown.add("listeners", urls.close);
  const reportUrls = reportUrlsOf(base.reportTokens, publicUrl ?? urls.publicUrl);
  if (twins && reportUrls["seven"]) await twins.reportTo(reportUrls["seven"]);
  return {
    publicUrl: urls.publicUrl,
    operatorUrl: urls.operatorUrl,
    clientId: apiKey.split(".")[0] ?? "",
    apiKey,
    operatorToken: api.operatorToken,
    reportUrls,
  };
}
