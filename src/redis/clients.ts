import type { Clients } from "../flows/ports.ts";
import { sameSecret } from "../platform/secret.ts";
import { type ClientCacheDeps, createClientCache } from "./client-cache.ts";
import { type ClientRecord, hashSecret, toClient } from "./client-record.ts";

/** Stands for the key of a client that does not exist, so that it costs a comparison as well. */
const NO_KEYS: ClientRecord["keys"] = [{ id: "", hash: "", createdAt: 0, expiresAt: 0 }];

/**
 * Checks API keys against the stored hashes, from a short memory. @throws StoreUnavailable when a client that
 * is not remembered cannot be read.
 */
export function createClients(deps: ClientCacheDeps): Clients {
  const cached = createClientCache(deps);
  return {
    authenticate: async (clientId, secret) => {
      const { record, fitted } = await cached(clientId);
      const now = Date.now();
      // The map's own hash is seeded at random, so that the time of a look-up tells nothing of a secret.
      if ((fitted.get(secret) ?? 0) <= now) {
        const untilAt = fitsUntil(record?.keys ?? NO_KEYS, secret, now);
        if (!record || untilAt === undefined) return undefined;
        fitted.set(secret, untilAt);
      }
      return record && toClient(record);
    },
  };
}

/**
 * Until when the secret fits; undefined when it does not. Every key is compared, so that the time tells neither
 * which one fitted nor whether the client exists.
 */
function fitsUntil(keys: ClientRecord["keys"], secret: string, now: number): number | undefined {
  const given = hashSecret(secret);
  let fits: number | undefined;
  for (const { hash, expiresAt = Number.POSITIVE_INFINITY } of keys) {
    if (sameSecret(given, hash) && expiresAt > now) fits = expiresAt;
  }
  return fits;
}
