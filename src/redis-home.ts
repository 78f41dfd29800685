import { ConfigFault, type Config } from "./config.ts";
import type { Logger } from "./platform/logger.ts";
import type { RedisAddress } from "./redis/client.ts";
import { attachToEmbedded } from "./redis/embedded/attach.ts";
import { startEmbeddedRedis } from "./redis/embedded/start.ts";

/** The Redis that this process works with. */
export type RedisHome = {
  address: RedisAddress;
  /** For people; holds no password. */
  description: string;
  /** Ends the embedded server when this process runs it; nothing otherwise. */
  close: () => Promise<void>;
};

/** REDIS_URL, or a server of our own that this process starts and supervises. */
export async function openRedis(config: Config, log: Logger): Promise<RedisHome> {
  if (config.REDIS_URL !== undefined) return external(config.REDIS_URL);
  const embedded = await startEmbeddedRedis({ dataDir: config.DATA_DIR, log });
  return { address: embedded.options, description: embedded.address, close: embedded.close };
}

/** REDIS_URL, or the server that a running `otpost up` has in DATA_DIR. @throws ConfigFault when there is neither */
export function joinRedis(config: Pick<Config, "REDIS_URL" | "DATA_DIR">): RedisHome {
  if (config.REDIS_URL !== undefined) return external(config.REDIS_URL);
  const address = attachToEmbedded(config.DATA_DIR);
  if (!address) {
    throw new ConfigFault([
      "REDIS_URL: set it, or run `otpost up` with the same DATA_DIR, which brings a Redis of its own",
    ]);
  }
  return {
    address,
    description: "path" in address ? address.path : `${address.host}:${address.port}`,
    close: noop,
  };
}

function external(redisUrl: string): RedisHome {
  const url = new URL(redisUrl);
  const tls = url.protocol === "rediss:" ? { tls: {} } : {};
  const address: RedisAddress = {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || 6379),
    ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
    ...(url.pathname.length > 1 ? { db: Number(url.pathname.slice(1)) } : {}),
    ...tls,
  };
  return { address, description: `${url.hostname}:${address.port}`, close: noop };
}

async function noop(): Promise<void> {}
