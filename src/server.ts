import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createApi } from "./api.ts";
import { composeBase } from "./compose.ts";
import { connectForRequests } from "./connect.ts";
import { readConfig, requireRealRoute } from "./config.ts";
import { openDataDir } from "./data-dir.ts";
import type { Environment } from "./providers/provider.ts";
import { joinRedis } from "./redis-home.ts";
import { runService } from "./service-process.ts";

/** The listeners alone: intake, reports, operators. Scales apart from the workers. @throws ConfigFault */
export async function serve(env: Environment): Promise<void> {
  const config = requireRealRoute(readConfig(env));
  const { LOG_LEVEL: level, LOG_FORMAT: format } = config;
  await runService({ level, format, stream: process.stdout }, async ({ logger, shutdown }) => {
    const dataDir = openDataDir(resolve(config.DATA_DIR));
    const { address } = joinRedis(config);
    const api = createApi({ config, logger, dataDir, sandbox: false, draining: shutdown.started });
    const base = composeBase({ config, dataDir, logger, metrics: api.metrics, redis: address });
    shutdown.add("providers", base.close);
    const requests = connectForRequests(base);
    shutdown.add("connections", requests.close);
    const urls = await api.listen(base, requests);
    shutdown.add("listeners", urls.close);
    logger.info("serve.started", { host: config.HOST, port: config.PORT });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await serve(process.env);
