import type { Redis } from "ioredis";
import { type ClientLimits, dayOf } from "../core/limits.ts";
import { newSecret } from "../platform/secret.ts";
import { changeClient } from "./client-change.ts";
import { ClientFault } from "./client-fault.ts";
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
  let limits: ClientLimits = {};
  await changeClient(deps, id, ({ limits: before, ...record }) => {
    const all = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null);
    limits = Object.fromEntries(all) as ClientLimits;
    return { record: all.length === 0 ? record : { ...record, limits: withoutUnset(limits) } };
  });
  return limits;
}

function withoutUnset({ countries, ...limits }: ClientLimits): ClientRecord["limits"] {
  return countries === undefined ? limits : { ...limits, countries: [...countries] };
}

async function rotate(deps: AdminDeps, id: string, graceMs: number): Promise<string> {
  const { key, secret } = newKey(deps.now());
  const untilAt = deps.now() + graceMs;
  await changeClient(deps, id, (record) => {
    const kept = record.keys.map((k) => ({ ...k, expiresAt: Math.min(k.expiresAt ?? untilAt, untilAt) }));
    const live = kept.filter((k) => k.expiresAt > deps.now());
    return { record: { ...record, keys: [...live, key] } };
  });
  return `${id}.${secret}`;
}

async function revoke(deps: AdminDeps, id: string, keyId: string | undefined): Promise<number> {
  let revoked = 0;
  await changeClient(deps, id, (record) => {
    const kept = record.keys.filter((k) => keyId !== undefined && k.id !== keyId);
    if (keyId !== undefined && kept.length === record.keys.length) {
      throw new ClientFault(`Client ${id} has no key ${keyId}. See: otpost clients list`);
    }
    const left = { ...record, keys: kept };
    // What a client signs lets it in as well.
    const after = keyId === undefined ? { ...left, signing: [] } : left;
    revoked = keysOf(record) - keysOf(after);
    return { record: after };
  });
  return revoked;
}

function keysOf({ keys, signing = [] }: ClientRecord): number {
  return keys.length + signing.length;
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
