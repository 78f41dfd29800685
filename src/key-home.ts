import { ConfigFault, type Config } from "./config.ts";
import type { MasterKeys } from "./master-keys.ts";
import { systemClock } from "./platform/clock.ts";
import type { Logger } from "./platform/logger.ts";
import { failFastClient, onClientErrors, type RedisAddress, whenReady } from "./redis/client.ts";
import { createKeyStore, KeyRingFault, type KeyStore } from "./redis/key-store.ts";
import { createKeys } from "./redis/keys.ts";

export type RunningKeys = KeyStore & {
  /**
   * Waits for the first reading. Redis may be away still: then the keys are read as soon as it is back, and
   * until then nothing is taken on. @throws ConfigFault when the master key is the wrong one
   */
  whenRead: (withinMs: number) => Promise<void>;
  close: () => void;
};

/** A rotation reaches a process that meets nothing new within this; one that does reads the keys at once. */
const READ_EVERY_MS = 60_000;

/** The key ring of this process, over a connection of its own, read again whenever that comes back. */
export function runKeys(
  { REDIS_PREFIX }: Pick<Config, "REDIS_PREFIX">,
  address: RedisAddress,
  masterKeys: MasterKeys,
  logger: Logger,
): RunningKeys {
  const client = failFastClient(address, "otpost-keys");
  // The other connections of the process tell of the same Redis.
  onClientErrors(client, () => undefined);
  const store = createKeyStore({ client, keys: createKeys(REDIS_PREFIX), masterKeys, now: systemClock.now });
  const readAgain = () =>
    store.refresh().catch((error: unknown) => {
      if (error instanceof KeyRingFault) logger.error("keys.unreadable", error);
    });
  client.on("ready", () => void readAgain());
  const timer = setInterval(() => void readAgain(), READ_EVERY_MS).unref();
  return {
    ...store,
    whenRead: async (withinMs) => {
      const isThere = await whenReady(client, withinMs).then(
        () => true,
        () => false,
      );
      if (isThere) await store.refresh().catch(rightKey);
    },
    close: () => {
      clearInterval(timer);
      client.disconnect();
    },
  };
}

function rightKey(error: unknown): void {
  if (error instanceof KeyRingFault) throw new ConfigFault([`MASTER_KEY: ${error.message}`]);
}
