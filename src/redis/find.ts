import type { Redis } from "ioredis";
import { type Delivery, parseReference } from "../core/delivery.ts";
import type { Msisdn } from "../core/phone.ts";
import type { Finder, Found, Silence } from "../flows/find-port.ts";
import { fromDoc } from "./delivery-record.ts";
import { idOf, placesOf, referenceHash } from "./find-index.ts";
import type { KeptVault } from "./key-store.ts";
import { GOOD_TTL_MS, type Keys, RECORD_TTL_MS } from "./keys.ts";
import { reachable } from "./unavailable.ts";

/** Deliveries that one search returns. */
export const FOUND_MAX = 50;
/** Records looked at where only one client's are wanted; a number has some 60 in three days at most. */
const LOOKED_AT_MAX = 500;

export type FinderDeps = {
  client: Redis;
  keys: Keys;
  vault: Pick<KeptVault, "hash">;
  /** Names of all configured providers. */
  providers: () => readonly string[];
  now: () => number;
};

/** Finds deliveries by what a help desk is told. Bounded reads only. Every method may throw StoreUnavailable. */
export function createFinder(deps: FinderDeps): Finder & { begin: () => Promise<void> } {
  return {
    byNumber: (recipient, clientId) => byHash(deps, deps.vault.hash("recipient", recipient), clientId),
    byReference: (reference, clientId) => byHash(deps, referenceHash(deps.vault, reference), clientId),
    byMessage: (messageId, provider) => byMessage(deps, messageId, provider),
    byId: async (id) => {
      const wanted = id.trim().toLowerCase();
      const [found] = await load(deps, [parseReference(wanted)?.deliveryId ?? wanted]);
      return found;
    },
    silence: (recipient, clientId) => silence(deps, recipient, clientId),
    /** Called once by every start: what came before it is not in the index. */
    begin: async () => void (await reachable(() => deps.client.setnx(deps.keys.findSince, deps.now()))),
  };
}

async function byHash(deps: FinderDeps, hash: string, clientId: string | undefined): Promise<Found> {
  const ids = await idsOf(deps, hash);
  const deliveries: Delivery[] = [];
  for (let from = 0; from < ids.length && deliveries.length <= FOUND_MAX; from += FOUND_MAX) {
    const page = await load(deps, ids.slice(from, from + FOUND_MAX));
    deliveries.push(...page.filter((d) => clientId === undefined || d.clientId === clientId));
  }
  return { deliveries: deliveries.slice(0, FOUND_MAX), more: deliveries.length > FOUND_MAX };
}

/** One pipeline over the hours of three days. Ids begin with their instant, so their order is that of time. */
async function idsOf({ client, keys, now }: FinderDeps, hash: string): Promise<string[]> {
  const places = placesOf({ keys }, hash, now());
  const pipeline = client.pipeline();
  for (const key of places.keys) {
    pipeline.zrevrangebylexBuffer(key, places.max, places.min, "LIMIT", 0, LOOKED_AT_MAX);
  }
  const members = (await replies(pipeline)).flat().filter((member) => Buffer.isBuffer(member));
  const ids = members.flatMap((member) => idOf(member) ?? []);
  return ids.toSorted().toReversed().slice(0, LOOKED_AT_MAX);
}

async function byMessage(deps: FinderDeps, messageId: string, provider?: string): Promise<Found> {
  const { client, keys } = deps;
  const providers = provider === undefined ? [...new Set(deps.providers())] : [provider];
  const pipeline = client.pipeline();
  for (const name of providers) pipeline.get(keys.message(name, messageId));
  const ids = (await replies(pipeline)).flatMap((r) => parseReference(String(r))?.deliveryId ?? []);
  return { deliveries: await load(deps, [...new Set(ids)]), more: false };
}

/** Those whose record lives, in the order of their ids. */
async function load({ client, keys }: FinderDeps, ids: readonly string[]): Promise<Delivery[]> {
  if (ids.length === 0) return [];
  const pipeline = client.pipeline();
  for (const id of ids) pipeline.hget(keys.record(id), "doc");
  return (await replies(pipeline)).flatMap((doc) => (typeof doc === "string" ? [fromDoc(doc)] : []));
}

async function silence(deps: FinderDeps, recipient: Msisdn | undefined, clientId?: string): Promise<Silence> {
  const { client, keys, vault, now } = deps;
  const number = recipient === undefined ? "" : vault.hash("recipient", recipient);
  const pipeline = client.pipeline().get(keys.findSince).pttl(keys.good(number)).hgetall(keys.lastSent);
  const [since, goodMs, sent] = await replies(pipeline);
  const lastSent = Object.entries(sent ?? {})
    .map(([id, at]) => ({ clientId: id, at: Number(at) }))
    .filter((last) => clientId === undefined || last.clientId === clientId)
    .toSorted((a, b) => b.at - a.at);
  const isGood = typeof goodMs === "number" && goodMs > 0;
  return {
    searchedSince: Math.max(now() - RECORD_TTL_MS, Number(since ?? 0)),
    lastSent: lastSent.slice(0, FOUND_MAX),
    ...(isGood ? { lastLoginAt: now() + goodMs - GOOD_TTL_MS } : {}),
  };
}

type Pipeline = ReturnType<Redis["pipeline"]>;

/** One reply that failed fails the search: a part of the truth would look like all of it. */
async function replies(pipeline: Pipeline): Promise<unknown[]> {
  return reachable(async () =>
    ((await pipeline.exec()) ?? []).map(([error, reply]) => {
      if (error) throw error;
      return reply;
    }),
  );
}
