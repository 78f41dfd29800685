import type { Redis } from "ioredis";
import { parseReference } from "../core/delivery.ts";
import { dayOf, provesNumber, spentMicros } from "../core/limits.ts";
import type { Msisdn } from "../core/phone.ts";
import type {
  Change,
  DeliveryStore,
  NewDelivery,
  OpenDelivery,
  ParkedReport,
  Saved,
} from "../flows/ports.ts";
import type { KeptVault } from "./key-store.ts";
import { fromDoc, loadedSecrets, parseReport, sealContent, sealContext, toDoc } from "./delivery-record.ts";
import { CLAIM_DUE, CREATE, OPEN, PARK, SAVE, SET_DUE, UNPARK } from "./delivery-scripts.ts";
import { createCall, type SendLimits, toCreated, toKnown } from "./create-step.ts";
import {
  EVENTS_OUTBOX_MAX,
  GOOD_TTL_MS,
  type Keys,
  PARKED_MAX,
  PARKED_PER_MESSAGE_MAX,
  PARKED_TTL_MS,
  RECORD_TTL_MS,
} from "./keys.ts";
import { newestLogin } from "./newest-login.ts";
import { defineScript, type ScriptArg } from "./script.ts";
import { reachable } from "./unavailable.ts";

export type DeliveryStoreDeps = { client: Redis; keys: Keys; vault: KeptVault; limits: SendLimits };

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
    create: (entry: NewDelivery) => answered(() => create(...createCall(deps, entry, "take")), toCreated),
    known: (entry: NewDelivery) => answered(() => create(...createCall(deps, entry, "look")), toKnown),
    newestLogin: (clientId: string, recipient: Msisdn) => newestLogin(deps, clientId, recipient),
    save: async (change: Change) => {
      const good = provesNumber(change.from.delivery, change.to)
        ? await goodKey(deps, change.to.id)
        : undefined;
      return answered(
        () => save(saveKeys(keys, change, good), saveArgs(deps, change, good !== undefined)),
        (reply) => toSaved(change, reply),
      );
    },
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

/** A change does not hold the number, and its hash in every record would cost memory for something that few need. */
async function goodKey({ client, keys, vault }: DeliveryStoreDeps, id: string): Promise<string | undefined> {
  const fields = await reachable(() => client.hmgetBuffer(keys.record(id), "r", "doc", "n"));
  const stored = await loadedSecrets(vault, fields);
  return stored && keys.good(vault.hash("recipient", stored.secrets.recipient));
}

function saveKeys(keys: Keys, { to, binds }: Change, good: string | undefined): string[] {
  const bound = binds.flatMap((b) => [
    keys.message(b.provider, b.messageId),
    keys.parked(b.provider, b.messageId),
  ]);
  const day = keys.clientDay(to.clientId, dayOf(to.createdAt).name);
  const fixed = [keys.record(to.id), keys.open, keys.due, keys.counts, day, good ?? day];
  return [...fixed, keys.eventsOutbox, keys.endpoints, ...bound];
}

function saveArgs(
  { vault }: DeliveryStoreDeps,
  { from, to, dueAt, notAfter, binds, reseal, events = [] }: Change,
  isGood: boolean,
): ScriptArg[] {
  const spent = spentMicros(to) - spentMicros(from.delivery);
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
    spent === 0 ? "" : spent,
    isGood ? GOOD_TTL_MS : "",
    events.map((event) => JSON.stringify(event)).join("\n"),
    to.clientId,
    events[0]?.at ?? 0,
    EVENTS_OUTBOX_MAX,
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
