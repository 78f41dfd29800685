import type { Redis } from "ioredis";
import { parseReference } from "../core/delivery.ts";
import type { Msisdn } from "../core/phone.ts";
import type {
  Change,
  Created,
  DeliveryStore,
  Known,
  NewDelivery,
  OpenDelivery,
  ParkedReport,
  Saved,
} from "../flows/ports.ts";
import type { Vault } from "../platform/secret.ts";
import type { KeptVault } from "./key-store.ts";
import { fromDoc, loadedSecrets, parseReport, sealContent, sealContext, toDoc } from "./delivery-record.ts";
import { CLAIM_DUE, CREATE, OPEN, PARK, SAVE, SET_DUE, UNPARK } from "./delivery-scripts.ts";
import {
  IDEMPOTENCY_TTL_MS,
  type Keys,
  PARKED_MAX,
  PARKED_PER_MESSAGE_MAX,
  PARKED_TTL_MS,
  RECORD_TTL_MS,
} from "./keys.ts";
import { newestLogin } from "./newest-login.ts";
import { defineScript, type ScriptArg } from "./script.ts";
import { reachable } from "./unavailable.ts";

/** 48 bit: enough to tell one body from another, and short enough that Redis keeps hash and id in one piece. */
const FINGERPRINT_LENGTH = 8;

/** Sends allowed to one number, across clients; 0 switches a limit off. */
export type RecipientLimits = { per10Min: number; perDay: number };

export type DeliveryStoreDeps = { client: Redis; keys: Keys; vault: KeptVault; limits: RecipientLimits };

/**
 * Deliveries in Redis. Number and content are sealed here and nowhere readable; look-ups go by keyed hash.
 * Every method throws StoreUnavailable when Redis cannot be reached or refuses to write.
 */
export function createDeliveryStore(deps: DeliveryStoreDeps): DeliveryStore {
  return { ...deliveryMethods(deps), ...timerMethods(deps), ...reportMethods(deps) };
}

function deliveryMethods(deps: DeliveryStoreDeps) {
  const { client, keys, vault } = deps;
  const create = defineScript(client, "create", CREATE);
  const save = defineScript(client, "save", SAVE);
  return {
    create: (entry: NewDelivery) =>
      answered(() => create(createKeysOf(deps, entry), createArgs(deps, entry, "take")), toCreated),
    known: (entry: NewDelivery) =>
      answered(() => create(createKeysOf(deps, entry), createArgs(deps, entry, "look")), toKnown),
    newestLogin: (clientId: string, recipient: Msisdn) => newestLogin(deps, clientId, recipient),
    save: (change: Change) =>
      answered(
        () => save(saveKeys(keys, change), saveArgs(vault, change)),
        (reply) => toSaved(change, reply),
      ),
    load: (id: string) =>
      answered(
        () => client.hmget(keys.record(id), "r", "doc"),
        ([version, doc]) => (doc ? { delivery: fromDoc(doc), version: Number(version) } : undefined),
      ),
    loadWithSecrets: (id: string) =>
      answered(
        () => client.hmgetBuffer(keys.record(id), "r", "doc", "n", "c"),
        (fields) => loadedSecrets(vault, fields),
      ),
  } satisfies Partial<DeliveryStore>;
}

function timerMethods({ client, keys }: DeliveryStoreDeps) {
  const claim = defineScript(client, "claimDue", CLAIM_DUE);
  const open = defineScript(client, "openPage", OPEN);
  const setDue = defineScript(client, "setDue", SET_DUE);
  return {
    claimDue: (now: number, limit: number, leaseMs: number) =>
      answered(() => claim([keys.due, keys.open], [keys.recordBase, now, limit, now + leaseMs]), strings),
    open: ({ offset, limit }: { offset: number; limit: number }) =>
      answered(
        () => open([keys.open, keys.due], [keys.recordBase, offset, limit]),
        (reply) => toOpen(strings(reply)),
      ),
    setDue: (id: string, dueAt: number) =>
      answered(() => setDue([keys.due, keys.open], [id, dueAt]), nothing),
  } satisfies Partial<DeliveryStore>;
}

function reportMethods({ client, keys }: DeliveryStoreDeps) {
  const park = defineScript(client, "park", PARK);
  const unpark = defineScript(client, "unpark", UNPARK);
  return {
    findByMessageId: (provider: string, messageId: string) =>
      answered(
        () => client.get(keys.message(provider, messageId)),
        (reference) => (reference ? parseReference(reference) : undefined),
      ),
    park: (provider, report) => {
      const messageId = report.providerMessageId ?? report.reference ?? "";
      const args = [JSON.stringify(report), Date.now(), PARKED_TTL_MS, PARKED_PER_MESSAGE_MAX, PARKED_MAX];
      return answered(() => park([keys.parked(provider, messageId), keys.parkedIndex], args), nothing);
    },
    parked: (provider, messageId) =>
      answered(
        () => client.lrange(keys.parked(provider, messageId), 0, -1),
        (values) => toParked(provider, values),
      ),
    unpark: (provider, messageId) => {
      const key = keys.parked(provider, messageId);
      return answered(() => unpark([key, keys.parkedIndex], []), nothing);
    },
  } satisfies Pick<DeliveryStore, "findByMessageId" | "park" | "parked" | "unpark">;
}

/** Only the command may fail as unreachable: an answer that cannot be read is damage, not an absent Redis. */
async function answered<Reply, Value>(
  command: () => Promise<Reply>,
  read: (reply: Reply) => Value | Promise<Value>,
): Promise<Value> {
  return read(await reachable(command));
}

function nothing(): void {}

function createKeysOf({ keys, vault }: DeliveryStoreDeps, entry: NewDelivery): string[] {
  const { delivery, recipient, content, idempotencyKey } = entry;
  const number = vault.hash("recipient", recipient);
  return [
    keys.record(delivery.id),
    keys.same(vault.hash("same", delivery.clientId, recipient, content.text)),
    // Never an empty key: on a Cluster it would lie in another slot than the rest.
    idempotencyKey === undefined
      ? keys.record(delivery.id)
      : keys.idempotency(vault.hash("idem", delivery.clientId, idempotencyKey)),
    keys.open,
    keys.due,
    keys.counts,
    // A flood of enrolments must not use up what the person needs to log in.
    keys.sends(delivery.purpose === "login" ? "login" : "other", number),
  ];
}

function createArgs(
  { keys, vault, limits }: DeliveryStoreDeps,
  entry: NewDelivery,
  mode: "take" | "look",
): ScriptArg[] {
  const { delivery, recipient, content, fingerprint, dueAt, idempotencyKey } = entry;
  const context = sealContext(delivery);
  return [
    keys.recordBase,
    toDoc(delivery),
    vault.seal(recipient, context),
    sealContent(vault, content, context),
    delivery.id,
    delivery.createdAt,
    dueAt,
    delivery.expiresAt + RECORD_TTL_MS,
    delivery.expiresAt - delivery.createdAt,
    idempotencyKey === undefined ? "" : vault.hash("fingerprint", fingerprint).slice(0, FINGERPRINT_LENGTH),
    IDEMPOTENCY_TTL_MS,
    limits.per10Min,
    limits.perDay,
    idempotencyKey === undefined ? 0 : 1,
    delivery.clientId,
    mode === "take" ? 1 : 0,
  ];
}

function toCreated(reply: unknown): Created {
  const [kind, value] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (kind === "created") return { kind };
  if (kind === "recipient_limit") return { kind, retryAfterMs: Math.max(1_000, Number(value)) };
  const known = toKnown(reply);
  if (known.kind !== "unknown") return known;
  throw new Error("The create script did not take an entry on");
}

function toKnown(reply: unknown): Known {
  const [kind, value, by] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (kind === "unknown" || kind === "key_conflict") return { kind };
  if (kind === "repeated" && typeof value === "string") {
    return { kind, delivery: fromDoc(value), by: by === "key" ? "key" : "text" };
  }
  throw new Error("The create script gave an unknown answer");
}

function saveKeys(keys: Keys, { to, binds }: Change): string[] {
  const bound = binds.flatMap((b) => [
    keys.message(b.provider, b.messageId),
    keys.parked(b.provider, b.messageId),
  ]);
  return [keys.record(to.id), keys.open, keys.due, keys.counts, ...bound];
}

function saveArgs(vault: Vault, { from, to, dueAt, notAfter, binds, reseal }: Change): ScriptArg[] {
  const references = binds.map((b) => `${to.id}-${b.attempt}`);
  return [
    from.version,
    toDoc(to),
    to.state,
    dueAt ?? "",
    to.id,
    notAfter ?? "",
    RECORD_TTL_MS,
    reseal === undefined ? "" : sealContent(vault, reseal, sealContext(to)),
    ...references,
  ];
}

function toSaved({ from, binds }: Change, reply: unknown): Saved {
  const [kind, parked] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (kind === "conflict" || kind === "too_late") return { kind };
  if (kind !== "saved") throw new Error("The save script gave an unknown answer");
  return { kind, version: from.version + 1, parked: toParked(binds[0]?.provider ?? "", strings(parked)) };
}

function toParked(provider: string, values: readonly string[]): ParkedReport[] {
  return values.flatMap((value) => {
    const report = parseReport(JSON.parse(value));
    return report ? [{ provider, report }] : [];
  });
}

function toOpen(flat: readonly string[]): OpenDelivery[] {
  const page: OpenDelivery[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [doc, dueAt] = [flat[i], flat[i + 1]];
    if (doc) page.push({ delivery: fromDoc(doc), dueAt: dueAt ? Number(dueAt) : undefined });
  }
  return page;
}

function strings(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}
