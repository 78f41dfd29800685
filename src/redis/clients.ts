import type { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import type { Clients } from "../flows/ports.ts";
import { sameSecret } from "../platform/secret.ts";
import { type ClientRecord, hashSecret, parseClientRecord, toClient } from "./client-record.ts";
import type { Keys } from "./keys.ts";
import { reachable } from "./unavailable.ts";

/** A revoked key stops working within this. */
const FRESH_MS = 900;
/** While Redis is away nothing can be sent, so an old record only lets living codes be answered. */
const STALE_MS = 10 * 60_000;
const CACHED_MAX = 10_000;

/** Stands for the key of a client that does not exist, so that it costs a comparison as well. */
const NO_KEYS: ClientRecord["keys"] = [{ id: "", hash: "", createdAt: 0, expiresAt: 0 }];

type Cached = { record: ClientRecord | undefined; readAt: number };

export type ClientsDeps = { client: Redis; keys: Keys; elapsed: () => number };

/**
 * Checks API keys against the stored hashes, from a short memory. @throws StoreUnavailable when a client that
 * is not remembered cannot be read.
 */
export function createClients(deps: ClientsDeps): Clients {
  const cache = new LRUCache<string, Cached>({ max: CACHED_MAX });
  const reading = new Map<string, Promise<Cached>>();
  return {
    authenticate: async (clientId, secret) => {
      const { record } = await cached(deps, cache, reading, clientId);
      const fits = holdsKey(record?.keys ?? NO_KEYS, secret, Date.now());
      return record && fits ? toClient(record) : undefined;
    },
  };
}

async function cached(
  deps: ClientsDeps,
  cache: LRUCache<string, Cached>,
  reading: Map<string, Promise<Cached>>,
  id: string,
): Promise<Cached> {
  const known = cache.get(id);
  if (known && deps.elapsed() - known.readAt < FRESH_MS) return known;
  const read = reading.get(id) ?? readOnce(deps, cache, id).finally(() => reading.delete(id));
  reading.set(id, read);
  try {
    return await read;
  } catch (error) {
    if (known && deps.elapsed() - known.readAt < STALE_MS) return known;
    throw error;
  }
}

async function readOnce(deps: ClientsDeps, cache: LRUCache<string, Cached>, id: string): Promise<Cached> {
  const value = await reachable(() => deps.client.get(deps.keys.client(id)));
  const entry = { record: value === null ? undefined : parseClientRecord(value), readAt: deps.elapsed() };
  cache.set(id, entry);
  return entry;
}

/** Every live key is compared, so the time tells neither which one fitted nor whether the client exists. */
function holdsKey(keys: ClientRecord["keys"], secret: string, now: number): boolean {
  const given = hashSecret(secret);
  let fits = false;
  for (const key of keys) {
    const live = key.expiresAt === undefined || key.expiresAt > now;
    if (sameSecret(given, key.hash) && live) fits = true;
  }
  return fits;
}
