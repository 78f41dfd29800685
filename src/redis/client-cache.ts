import type { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import { type ClientRecord, parseClientRecord } from "./client-record.ts";
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

export type CachedClient = {
  record: ClientRecord | undefined;
  readAt: number;
  /** Secrets that fitted since the record was read, and until when. They leave the memory with it. */
  fitted: Map<string, number>;
};

export type ClientCacheDeps = { client: Redis; keys: Keys; elapsed: () => number };

/** @returns reads a client's record, from a short memory @throws StoreUnavailable for one that is not remembered */
export function createClientCache(deps: ClientCacheDeps): (id: string) => Promise<CachedClient> {
  const cache = new LRUCache<string, CachedClient>({ max: CACHED_MAX });
  const reading = new Map<string, Promise<CachedClient>>();
  return (id) => cached(deps, cache, reading, id);
}

async function cached(
  deps: ClientCacheDeps,
  cache: LRUCache<string, CachedClient>,
  reading: Map<string, Promise<CachedClient>>,
  id: string,
): Promise<CachedClient> {
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

async function readOnce(
  deps: ClientCacheDeps,
  cache: LRUCache<string, CachedClient>,
  id: string,
): Promise<CachedClient> {
  const value = await reachable(() => deps.client.get(deps.keys.client(id)));
  const record = value === null ? undefined : parseClientRecord(value);
  const entry = { record, readAt: deps.elapsed(), fitted: new Map<string, number>() };
  cache.set(id, entry);
  return entry;
}
