import type { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import type { Clients } from "../flows/ports.ts";
import { sameSecret } from "../platform/secret.ts";
import { type ClientRecord, hashSecret, parseClientRecord, toClient } from "./client-record.ts";
import type { Keys } from "./keys.ts";
import { orKnown } from "./patience.ts";
import { reachable } from "./unavailable.ts";

/** A revoked key stops working within this and the wait below. */
const FRESH_MS = 600;
/** A Redis that hangs must leave time for the answer itself: a known record is used after this wait. */
const PATIENCE_MS = 300;
/** While Redis is away nothing can be sent, so an old record only lets living codes be answered. */
const STALE_MS = 10 * 60_000;
const CACHED_MAX = 10_000;

/** Stands for the key of a client that does not exist, so that it costs a comparison as well. */
const NO_KEYS: ClientRecord["keys"] = [{ id: "", hash: "", createdAt: 0, expiresAt: 0 }];

type Cached = {
  record: ClientRecord | undefined;
  readAt: number;
  /** Secrets that fitted since the record was read, and until when. They leave the memory with it. */
  fitted: Map<string, number>;
};

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
      const { record, fitted } = await cached(deps, cache, reading, clientId);
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
  if (!known || deps.elapsed() - known.readAt >= STALE_MS) return read;
  return orKnown(
    read.catch(() => known),
    known,
    PATIENCE_MS,
  );
}

async function readOnce(deps: ClientsDeps, cache: LRUCache<string, Cached>, id: string): Promise<Cached> {
  const value = await reachable(() => deps.client.get(deps.keys.client(id)));
  const record = value === null ? undefined : parseClientRecord(value);
  const entry = { record, readAt: deps.elapsed(), fitted: new Map<string, number>() };
  cache.set(id, entry);
  return entry;
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
