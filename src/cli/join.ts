import type { Redis } from "ioredis";
import { type Config, readConfig } from "../config.ts";
import { failFastClient, onClientErrors, whenReady } from "../redis/client.ts";
import { joinRedis } from "../redis-home.ts";

/** Work on the Redis of a running installation. @throws ConfigFault where there is none to join */
export async function onRedis<T>(work: (client: Redis, config: Config) => Promise<T>): Promise<T> {
  const config = readConfig(process.env);
  const client = failFastClient(joinRedis(config).address, "otpost-cli");
  let lastError = "no answer";
  onClientErrors(client, (message) => {
    lastError = message;
  });
  try {
    await whenReady(client, 3_000).catch(() => {
      throw new Error(
        `Redis cannot be reached (${lastError}). Is otpost running with this DATA_DIR or REDIS_URL?`,
      );
    });
    return await work(client, config);
  } finally {
    client.disconnect();
  }
}
