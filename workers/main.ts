import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createApi } from "../src/api.ts";
import { composeBase, composeCrew } from "../src/compose.ts";
import { connectForWork } from "../src/connect.ts";
import { readConfig, requireRealRoute } from "../src/config.ts";
import { openDataDir } from "../src/data-dir.ts";
import type { Environment } from "../src/providers/provider.ts";
import { joinRedis } from "../src/redis-home.ts";
import { runService } from "../src/service-process.ts";

/** The workers alone, with an operator listener for probes and metrics. @throws ConfigFault */
export async function work(env: Environment): Promise<void> {
  const config = requireRealRoute(readConfig(env));
  const { LOG_LEVEL: level, LOG_FORMAT: format } = config;
  await runService({ level, format, stream: process.stdout }, async ({ logger, shutdown }) => {
    const dataDir = openDataDir(resolve(config.DATA_DIR));
    const { address } = joinRedis(config);
    const api = createApi({ config, logger, dataDir, sandbox: false, draining: shutdown.started });
    const base = composeBase({ config, dataDir, logger, metrics: api.metrics, redis: address });
    shutdown.add("providers", base.close);
    const connected = connectForWork(base);
    shutdown.add("connections", connected.close);
    const { crew, close } = composeCrew(base, connected);
    shutdown.add("worker client", close);
    await crew.run();
    shutdown.add("workers", crew.drain);
    const urls = await api.listenForOperators(base, connected);
    shutdown.add("operator listener", urls.close);
    logger.info("work.started", { port: config.OPERATOR_PORT });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await work(process.env);
