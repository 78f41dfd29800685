import type { Redis } from "ioredis";
import type { SigningScheme } from "../flows/signer-port.ts";
import type { Vault } from "../platform/secret.ts";
import { randomBytes } from "node:crypto";
import { createClientAdmin } from "./client-admin.ts";
import { changeClient, loadClient } from "./client-change.ts";
import { ClientFault } from "./client-fault.ts";
import type { ClientRecord } from "./client-record.ts";
import type { Keys } from "./keys.ts";

export type SigningKey = NonNullable<ClientRecord["signing"]>[number];

/** The one in use and the one that takes its place. */
const LIVE_MAX = 2;

type Deps = { client: Redis; keys: Keys; vault: Pick<Vault, "seal" | "open">; now: () => number };

/** A sealed key of one client does not open as another's. */
export function openSigningKey(
  vault: Pick<Vault, "open">,
  clientId: string,
  { scheme, id, sealed }: SigningKey,
): string {
  return vault.open(Buffer.from(sealed, "base64url"), contextOf(clientId, scheme, id));
}

/** Keys that clients sign with. All methods throw ClientFault for an unknown client. */
export function createSigningAdmin(deps: Deps) {
  return {
    list: async (clientId: string, scheme: SigningScheme): Promise<SigningKey[]> =>
      ofScheme(await loadClient(deps, clientId), scheme),
    /** @returns the id of the new key, and those of earlier ones that had to make room */
    add: (clientId: string, scheme: SigningScheme, key: string) => add(deps, clientId, scheme, key),
    /** @throws ClientFault when there is no such key */
    drop: (clientId: string, scheme: SigningScheme, id: string) => drop(deps, clientId, scheme, id),
    /**
     * Seals every key anew, for what an earlier generation sealed cannot be opened some days after the master
     * key was replaced. @returns how many keys there are
     */
    reseal: () => reseal(deps),
  };
}

async function add(deps: Deps, clientId: string, scheme: SigningScheme, key: string) {
  const id = randomBytes(3).toString("hex");
  const made = { scheme, id, sealed: sealed(deps, clientId, scheme, id, key), createdAt: deps.now() };
  let replaced: string[] = [];
  await changeClient(deps, clientId, (record) => {
    const earlier = ofScheme(record, scheme);
    replaced = earlier.slice(0, Math.max(0, earlier.length - (LIVE_MAX - 1))).map((k) => k.id);
    const kept = (record.signing ?? []).filter((k) => k.scheme !== scheme || !replaced.includes(k.id));
    return { record: { ...record, signing: [...kept, made] } };
  });
  return { id, replaced };
}

async function drop(deps: Deps, clientId: string, scheme: SigningScheme, id: string): Promise<void> {
  await changeClient(deps, clientId, (record) => {
    const kept = (record.signing ?? []).filter((key) => key.scheme !== scheme || key.id !== id);
    if (kept.length === (record.signing ?? []).length) {
      throw new ClientFault(`Client ${clientId} has no ${scheme} key ${id}`);
    }
    return { record: { ...record, signing: kept } };
  });
}

async function reseal(deps: Deps): Promise<number> {
  const records = await createClientAdmin(deps).list();
  const signing = records.filter((record) => (record.signing ?? []).length > 0);
  for (const { id } of signing) {
    await changeClient(deps, id, (record) => ({ record: resealed(deps, record) }));
  }
  return signing.reduce((sum, { signing: keys = [] }) => sum + keys.length, 0);
}

function resealed(deps: Deps, record: ClientRecord): ClientRecord {
  const signing = (record.signing ?? []).map((key) => ({
    ...key,
    sealed: sealed(deps, record.id, key.scheme, key.id, openSigningKey(deps.vault, record.id, key)),
  }));
  return { ...record, signing };
}

function ofScheme({ signing = [] }: ClientRecord, scheme: SigningScheme): SigningKey[] {
  return signing.filter((key) => key.scheme === scheme);
}

function sealed({ vault }: Deps, clientId: string, scheme: SigningScheme, id: string, key: string): string {
  return vault.seal(key, contextOf(clientId, scheme, id)).toString("base64url");
}

function contextOf(clientId: string, scheme: SigningScheme, id: string): string {
  return `signing ${clientId} ${scheme} ${id}`;
}
