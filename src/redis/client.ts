import { Redis, type RedisOptions } from "ioredis";

/** Where Redis is: an embedded one's socket or port, or what REDIS_URL says. */
export type RedisAddress = Pick<
  RedisOptions,
  "path" | "host" | "port" | "username" | "password" | "db" | "tls"
>;

const RECONNECT_CAP_MS = 1_000;

function reconnectDelayMs(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), RECONNECT_CAP_MS) + Math.random() * 50;
}

/** A replica that was a master until a moment ago: reconnect and send the command again. */
function afterFailover(error: Error): 2 | false {
  return error.message.startsWith("READONLY") ? 2 : false;
}

const SHARED = {
  retryStrategy: reconnectDelayMs,
  reconnectOnError: afterFailover,
  keepAlive: 5_000,
  maxLoadingRetryTime: 1_000,
} satisfies RedisOptions;

/**
 * For requests: an answer within a second or an error, also from a Redis that hangs. A command that timed
 * out may still have been executed, so each one must be repeatable.
 */
export function failFastClient(address: RedisAddress, name: string): Redis {
  return new Redis({
    ...SHARED,
    ...address,
    connectionName: name,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 1_000,
    socketTimeout: 3_000,
    connectTimeout: 1_000,
  });
}

/** For workers: waits for Redis to come back, but notices one that hangs. Blocking reads last at most 10 s. */
export function patientClient(address: RedisAddress, name: string): Redis {
  return new Redis({
    ...SHARED,
    ...address,
    connectionName: name,
    maxRetriesPerRequest: null,
    socketTimeout: 15_000,
    connectTimeout: 2_000,
  });
}

/**
 * Keeps a lost connection from ending the process, and from flooding the log: the same message once in 10 s.
 * @param report gets Redis' own words, which hold no data of ours
 */
export function onClientErrors(client: Redis, report: (message: string) => void): void {
  let lastMessage = "";
  let lastAt = 0;
  client.on("error", (error: Error) => {
    const now = performance.now();
    if (error.message === lastMessage && now - lastAt < 10_000) return;
    lastMessage = error.message;
    lastAt = now;
    report(error.message);
  });
}

/** @throws when the client is not ready within `withinMs` */
export async function whenReady(client: Redis, withinMs: number): Promise<void> {
  if (client.status === "ready") return;
  const { promise, resolve, reject } = deferred();
  const timer = setTimeout(() => reject(new Error(`Redis did not answer within ${withinMs} ms`)), withinMs);
  client.once("ready", resolve);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    client.off("ready", resolve);
  }
}

function deferred() {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
