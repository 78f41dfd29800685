import { Redis } from "ioredis";
import { connectionTo } from "./address.ts";
import type { ListenAddress } from "./files.ts";

/** Who answers at an address. */
export type Probe =
  | { kind: "ours"; pid: number; ready: boolean }
  /** Nobody listens. */
  | { kind: "absent" }
  /** Somebody listens but gives no answer in time: frozen, or deep in loading a large AOF. */
  | { kind: "mute" }
  /** Another server: it refuses our password or works in another directory. */
  | { kind: "stranger" };

const NOBODY = new Set(["ENOENT", "ECONNREFUSED", "ENOTSOCK"]);

/**
 * Asks the server at an address whether it is the one of this directory.
 * AUTH, CONFIG GET and INFO are answered while it still loads its data; PING is refused until that is over.
 * @param waitMs bound for the whole exchange
 */
export async function probe(
  address: ListenAddress,
  password: string,
  redisDir: string,
  waitMs: number,
): Promise<Probe> {
  const redis = new Redis({
    ...connectionTo(address, password),
    protocol: 2,
    lazyConnect: true,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: waitMs,
  });
  // connect() rejects with a bare "Connection is closed."; the cause comes as an event only.
  let cause: Error | undefined;
  redis.on("error", (error: Error) => {
    cause ??= error;
  });
  const timer = setTimeout(() => redis.disconnect(), waitMs);
  try {
    await redis.connect();
    return await identify(redis, redisDir);
  } catch (error) {
    return classify(cause ?? (error as Error));
  } finally {
    clearTimeout(timer);
    redis.disconnect();
  }
}

/** The pid comes from the server itself, for a state file may be older than the server. */
async function identify(redis: Redis, redisDir: string): Promise<Probe> {
  const dir = (await redis.config("GET", "dir"))[1];
  const pid = Number(/^process_id:(\d+)/m.exec(await redis.info("server"))?.[1]);
  if (dir !== redisDir || !Number.isSafeInteger(pid)) return { kind: "stranger" };
  const ready = await redis.ping().then(
    () => true,
    (error: Error) => {
      if (error.message.startsWith("LOADING")) return false;
      throw error;
    },
  );
  return { kind: "ours", pid, ready };
}

/** Any answer that is an error tells of a server that is not ours; no answer tells nothing. */
function classify(error: NodeJS.ErrnoException): Probe {
  if (error.code !== undefined && NOBODY.has(error.code)) return { kind: "absent" };
  return /^(WRONGPASS|NOAUTH|NOPERM|ERR|Protocol error)/.test(error.message)
    ? { kind: "stranger" }
    : { kind: "mute" };
}
