import { resolve } from "node:path";
import { type Api, createApi } from "./api.ts";
import { type Base, composeBase } from "./compose.ts";
import { readConfig, requireRealRoute } from "./config.ts";
import { openDataDir } from "./data-dir.ts";
import type { Environment } from "./providers/provider.ts";
import { joinRedis } from "./redis-home.ts";
import { runService, type ServiceProcess } from "./service-process.ts";

/** A process that starts before Redis does not wait for it: it is alive, not ready. */
const KEYS_READ_MS = 2_000;

export type Role = ServiceProcess & { base: Base; api: Api };

/** One half of the service as a process of its own, on a Redis that is there already. @throws ConfigFault */
export async function runRole(env: Environment, start: (role: Role) => Promise<void>): Promise<void> {
  const config = requireRealRoute(readConfig(env));
  const { LOG_LEVEL: level, LOG_FORMAT: format } = config;
  await runService({ level, format, stream: process.stdout }, async ({ logger, shutdown }) => {
    const dataDir = openDataDir(resolve(config.DATA_DIR));
    const { address } = joinRedis(config);
    const api = createApi({ config, logger, dataDir, sandbox: false, draining: shutdown.started });
    const base = composeBase({ config, dataDir, logger, metrics: api.metrics, redis: address });
    shutdown.add("providers", base.close);
    await base.vault.whenRead(KEYS_READ_MS);
    await start({ logger, shutdown, base, api });
  });
}
