import type { Redis } from "ioredis";
import { type ClientLimits, dayOf } from "../core/limits.ts";
import { newSecret } from "../platform/secret.ts";
import { type ClientRecord, hashSecret, parseClientRecord } from "./client-record.ts";
import type { Keys } from "./keys.ts";

export type NewClient = {
  id: string;
  name: string;
  region: string | undefined;
  /** Who recorded that all recipients of this client agreed to be reached on Telegram. */
  telegramConsentBy: string | undefined;
};

export type LimitChanges = { [Name in keyof ClientLimits]?: NonNullable<ClientLimits[Name]> | null };

export type ClientAdmin = ReturnType<typeof createClientAdmin>;

export class ClientFault extends Error {
  override readonly name = "ClientFault";
}

type AdminDeps = { client: Redis; keys: Keys; now: () => number };

/** Adding, listing and re-keying clients. A secret is returned once, when it is made, and never stored. */
export function createClientAdmin(deps: AdminDeps) {
  return {
    /** @returns the API key @throws ClientFault when the id is taken */
    add: (entry: NewClient) => add(deps, entry),
    list: async (): Promise<ClientRecord[]> => {
      const ids = (await deps.client.smembers(deps.keys.clients)).toSorted();
      const values = ids.length === 0 ? [] : await deps.client.mget(ids.map(deps.keys.client));
      return values.flatMap((value) => (value === null ? [] : [parseClientRecord(value)]));
    },
    /** Those that are named change, null takes one away. @throws ClientFault */
    limit: (id: string, changes: LimitChanges) => limit(deps, id, changes),
    /** What the client's limits have counted today (UTC); nothing is counted for a client without them. */
    today: async (id: string): Promise<{ deliveries: number; spentMicros: number }> => {
      const day = deps.keys.clientDay(id, dayOf(deps.now()).name);
      const [deliveries, micros] = await deps.client.hmget(day, "n", "m");
      return { deliveries: Number(deliveries ?? 0), spentMicros: Number(micros ?? 0) };
    },
    /** The new key works at once; the earlier ones until `graceMs` from now. */
    rotate: (id: string, graceMs: number) => rotate(deps, id, graceMs),
    /** @param keyId one key, or undefined for all, signing keys included @returns how many keys were revoked */
    revoke: (id: string, keyId: string | undefined) => revoke(deps, id, keyId),
  };
}

/** @throws ClientFault */
export async function loadClient(
  { client, keys }: Pick<AdminDeps, "client" | "keys">,
  id: string,
): Promise<ClientRecord> {
  const value = await client.get(keys.client(id));
  if (value === null) throw new ClientFault(`There is no client ${id}. See: otpost clients list`);
  return parseClientRecord(value);
}

async function store({ client, keys }: AdminDeps, record: ClientRecord): Promise<void> {
  await client.set(keys.client(record.id), JSON.stringify(record));
}

async function add({ client, keys, now }: AdminDeps, entry: NewClient): Promise<string> {
  const { key, secret } = newKey(now());
  // Listed first: a crash in between leaves a name that `list` passes over, not a key that nobody can see.
  await client.sadd(keys.clients, entry.id);
  const created = await client.set(keys.client(entry.id), JSON.stringify(newRecord(entry, key, now())), "NX");
  if (created !== "OK")
    throw new ClientFault(`Client ${entry.id} exists already. See: otpost clients rotate`);
  return `${entry.id}.${secret}`;
}

async function limit(deps: AdminDeps, id: string, changes: LimitChanges): Promise<ClientLimits> {
  const { limits: before, ...record } = await loadClient(deps, id);
  const all = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null);
  const limits = Object.fromEntries(all) as ClientLimits;
  await store(deps, all.length === 0 ? record : { ...record, limits: withoutUnset(limits) });
  return limits;
}

function withoutUnset({ countries, ...limits }: ClientLimits): ClientRecord["limits"] {
  return countries === undefined ? limits : { ...limits, countries: [...countries] };
}

async function rotate(deps: AdminDeps, id: string, graceMs: number): Promise<string> {
  const record = await loadClient(deps, id);
  const { key, secret } = newKey(deps.now());
  const untilAt = deps.now() + graceMs;
  const kept = record.keys.map((k) => ({ ...k, expiresAt: Math.min(k.expiresAt ?? untilAt, untilAt) }));
  const live = kept.filter((k) => k.expiresAt > deps.now());
  await store(deps, { ...record, keys: [...live, key] });
  return `${id}.${secret}`;
}

async function revoke(deps: AdminDeps, id: string, keyId: string | undefined): Promise<number> {
  const record = await loadClient(deps, id);
  const kept = record.keys.filter((k) => keyId !== undefined && k.id !== keyId);
  if (keyId !== undefined && kept.length === record.keys.length) {
    throw new ClientFault(`Client ${id} has no key ${keyId}. See: otpost clients list`);
  }
  if (keyId !== undefined) {
    await store(deps, { ...record, keys: kept });
    return record.keys.length - kept.length;
  }
  // What a client signs lets it in as well.
  await store(deps, { ...record, keys: [], signing: [] });
  return record.keys.length + (record.signing?.length ?? 0);
}

function newKey(createdAt: number): { key: ClientRecord["keys"][number]; secret: string } {
  const secret = newSecret();
  const hash = hashSecret(secret);
  return { key: { id: hash.slice(0, 6), hash, createdAt }, secret };
}

function newRecord(entry: NewClient, key: ClientRecord["keys"][number], createdAt: number): ClientRecord {
  const { id, name, region, telegramConsentBy } = entry;
  return {
    id,
    name,
    ...(region === undefined ? {} : { region }),
    consents:
      telegramConsentBy === undefined
        ? {}
        : { telegram: { by: telegramConsentBy, at: createdAt, scope: "all" } },
    createdAt,
    keys: [key],
  };
}
