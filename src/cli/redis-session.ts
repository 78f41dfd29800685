import { resolve } from "node:path";
import type { Redis } from "ioredis";
import { type Config, ConfigFault, readConfig } from "../config.ts";
import { openDataDir, type DataDir } from "../data-dir.ts";
import { masterKeysOf } from "../master-keys.ts";
import { failFastClient, onClientErrors, whenReady } from "../redis/client.ts";
import { createKeyStore, KeyRingFault, type KeyStore } from "../redis/key-store.ts";
import { createKeys, type Keys } from "../redis/keys.ts";
import { joinRedis } from "../redis-home.ts";

export type RedisSession = { config: Config; client: Redis; keys: Keys };

/** One command's work on the Redis of this installation. @throws when it cannot be reached */
export async function withRedis<T>(work: (session: RedisSession) => Promise<T>): Promise<T> {
  // A broken policy must not keep an operator from stopping a route.
  const config = readConfig(process.env, { policy: "unread" });
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
    return await work({ config, client, keys: createKeys(config.REDIS_PREFIX) });
  } finally {
    client.disconnect();
  }
}

export type KeySession = RedisSession & { dataDir: DataDir; store: KeyStore };

/** The same with the keys that everything is sealed and found by. @throws ConfigFault when they do not fit */
export async function withKeys<T>(work: (session: KeySession) => Promise<T>): Promise<T> {
  return withRedis(async (session) => {
    const { config, client, keys } = session;
    const dataDir = openDataDir(resolve(config.DATA_DIR));
    const masterKeys = masterKeysOf(config, dataDir);
    const store = createKeyStore({ client, keys, masterKeys, now: Date.now });
    await store.refresh().catch((error: unknown) => {
      throw error instanceof KeyRingFault ? new ConfigFault([`MASTER_KEY: ${error.message}`]) : error;
    });
    return work({ ...session, dataDir, store });
  });
}
