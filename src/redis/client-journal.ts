import type { Redis } from "ioredis";
import type { ClientJournal } from "../flows/ports.ts";
import type { Vault } from "../platform/secret.ts";
import { type Keys, RECORD_TTL_MS } from "./keys.ts";
import { reachable } from "./unavailable.ts";

/** Lines kept for each client; every one that is asked for costs a read of its delivery. */
const LINES_MAX = 200;

/** Ids and keyed hashes of numbers, so that a client can ask for one number without any being readable. */
export function createClientJournal(client: Redis, keys: Keys, vault: Vault): ClientJournal {
  const hashOf = (recipient: string) => vault.hash("recipient", recipient);
  return {
    note: async (clientId, deliveryId, recipient) => {
      const key = keys.journal(clientId);
      const line = `${deliveryId} ${hashOf(recipient)}`;
      try {
        // A repeat moves its line to the front instead of adding another one.
        const written = client.pipeline().lrem(key, 1, line).lpush(key, line);
        await written
          .ltrim(key, 0, LINES_MAX - 1)
          .pexpire(key, RECORD_TTL_MS)
          .exec();
      } catch {
        // The code itself is stored; only the list lacks it.
      }
    },
    list: async (clientId, recipient) => {
      const lines = await reachable(() => client.lrange(keys.journal(clientId), 0, -1));
      const hash = recipient === undefined ? undefined : hashOf(recipient);
      return lines
        .map((line) => line.split(" "))
        .filter(([, to]) => hash === undefined || to === hash)
        .map(([id = ""]) => id);
    },
  };
}
