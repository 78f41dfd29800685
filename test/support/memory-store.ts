import { type Delivery, type DeliveryState, parseReference } from "../../src/core/delivery.ts";
import type { Msisdn } from "../../src/core/phone.ts";
import type {
  Change,
  Created,
  DeliveryStore,
  Known,
  NewDelivery,
  ParkedReport,
  Saved,
  Secrets,
} from "../../src/flows/ports.ts";
import { fromDoc, toDoc } from "../../src/redis/delivery-record.ts";
import type { SendLimits } from "../../src/redis/create-step.ts";
import {
  IDEMPOTENCY_TTL_MS,
  PARKED_MAX,
  PARKED_PER_MESSAGE_MAX,
  PARKED_TTL_MS,
  RECORD_TTL_MS,
} from "../../src/redis/keys.ts";
import { createMemoryLimits } from "./memory-limits.ts";
import { createExpiringMap } from "./expiring-map.ts";

type Row = { version: number; state: DeliveryState; doc: string; secrets: Secrets };

export type MemoryStoreOptions = { now: () => number; limits?: SendLimits | undefined };

export type MemoryStore = DeliveryStore & {
  counts: () => Record<string, number>;
  openCount: () => number;
  nextDueAt: () => number | undefined;
  /** As if a timer had been lost. */
  dropDue: (id: string) => void;
};

const BAD_ENDS: readonly DeliveryState[] = ["failed", "expired", "cancelled"];
const WINDOWS = [
  { name: "10min", ms: 600_000 },
  { name: "day", ms: 86_400_000 },
] as const;

/** The delivery store as Redis keeps it, in this process and under a clock of the test's. */
export function createMemoryStore({
  now,
  limits = { per10Min: 0, perDay: 0 },
}: MemoryStoreOptions): MemoryStore {
  const rows = createExpiringMap<Row>(now);
  const same = createExpiringMap<string>(now);
  const keys = createExpiringMap<{ fingerprint: string; id: string }>(now);
  const counted = createMemoryLimits(now, limits);
  const newest = createExpiringMap<string>(now);
  const messages = createExpiringMap<string>(now);
  const parked = createExpiringMap<ParkedReport[]>(now);
  const open = new Map<string, number>();
  const due = new Map<string, number>();
  const counts: Record<string, number> = {};
  const count = (name: string, by: number) => {
    counts[name] = (counts[name] ?? 0) + by;
  };

  function remember(entry: NewDelivery, id: string): void {
    const key = keyOf(entry);
    if (key) keys.set(key, { fingerprint: entry.fingerprint, id }, now() + IDEMPOTENCY_TTL_MS);
  }

  function known(entry: NewDelivery): Known {
    const bound = boundBy(entry);
    if (bound) return bound;
    const delivery = living(entry);
    if (!delivery) return { kind: "unknown" };
    remember(entry, delivery.id);
    return { kind: "repeated", delivery, by: "text" };
  }

  function create(entry: NewDelivery): Created {
    const { delivery, recipient, content } = entry;
    const seen = known(entry);
    if (seen.kind !== "unknown") return seen;
    const limited = counted.take(entry);
    if (limited) return limited;
    const row = { version: 1, state: delivery.state, doc: toDoc(delivery), secrets: { recipient, content } };
    rows.set(delivery.id, row, delivery.expiresAt + RECORD_TTL_MS);
    same.set(identityOf(entry), delivery.id, now() + delivery.expiresAt - delivery.createdAt);
    remember(entry, delivery.id);
    newest.set(
      JSON.stringify([kindOf(entry), delivery.clientId, recipient]),
      delivery.id,
      keptUntil(delivery),
    );
    open.set(delivery.id, delivery.createdAt);
    due.set(delivery.id, entry.dueAt);
    count("accepted", 1);
    count("queued", 1);
    return { kind: "created" };
  }

  function living(entry: NewDelivery): Delivery | undefined {
    const row = rows.get(same.get(identityOf(entry)) ?? "");
    return row && !BAD_ENDS.includes(row.state) ? fromDoc(row.doc) : undefined;
  }

  function newestLogin(clientId: string, recipient: Msisdn): string | undefined {
    const row = rows.get(newest.get(JSON.stringify(["login", clientId, recipient])) ?? "");
    const delivery = row && fromDoc(row.doc);
    return delivery && !BAD_ENDS.includes(delivery.state) ? delivery.id : undefined;
  }

  function boundBy(entry: NewDelivery): Exclude<Known, { kind: "unknown" }> | undefined {
    const used = keys.get(keyOf(entry) ?? "");
    if (used && used.fingerprint !== entry.fingerprint) return { kind: "key_conflict" };
    const bound = used && rows.get(used.id);
    return bound && { kind: "repeated", delivery: fromDoc(bound.doc), by: "key" };
  }

  /** As long as Redis keeps what it counts of a number. */
  function keptUntil({ createdAt, expiresAt }: Delivery): number {
    const windows = WINDOWS.filter(({ name }) => limitOf(name) > 0).map(({ ms }) => now() + ms);
    return Math.max(now() + expiresAt - createdAt, ...windows);
  }

  function limitOf(window: "10min" | "day"): number {
    return window === "day" ? limits.perDay : limits.per10Min;
  }

  function save({ from, to, dueAt, notAfter, binds, reseal }: Change): Saved {
    const row = rows.get(to.id);
    if (row?.version !== from.version) return { kind: "conflict" };
    if (notAfter !== undefined && now() > notAfter) return { kind: "too_late" };
    const { recipient, content } = row.secrets;
    counted.saved(recipient, from.delivery, to);
    const secrets = { recipient, content: dueAt === undefined ? undefined : (reseal ?? content) };
    const expiresAt = rows.expiresAt(to.id) ?? now();
    rows.set(to.id, { version: row.version + 1, state: to.state, doc: toDoc(to), secrets }, expiresAt);
    if (dueAt === undefined) forget(to.id);
    else {
      due.set(to.id, dueAt);
      if (!open.has(to.id)) open.set(to.id, dueAt);
    }
    count(row.state, -1);
    count(to.state, 1);
    const waiting = binds.flatMap(({ provider, messageId, attempt }) => {
      messages.set(nameOf(provider, messageId), `${to.id}-${attempt}`, now() + RECORD_TTL_MS);
      return parked.get(nameOf(provider, messageId)) ?? [];
    });
    return { kind: "saved", version: row.version + 1, parked: waiting };
  }

  function forget(id: string): void {
    open.delete(id);
    due.delete(id);
  }

  function claimDue(at: number, limit: number, leaseMs: number): string[] {
    const ids = byScore(due)
      .filter(([, dueAt]) => dueAt <= at)
      .slice(0, limit)
      .map(([id]) => id);
    return ids.filter((id) => {
      const holds = open.has(id) && rows.get(id) !== undefined;
      if (holds) due.set(id, at + leaseMs);
      else forget(id);
      return holds;
    });
  }

  function park(entry: ParkedReport): void {
    const { providerMessageId, reference } = entry.report;
    const name = nameOf(entry.provider, providerMessageId ?? reference ?? "");
    const text = JSON.stringify(entry);
    const others = (parked.get(name) ?? []).filter((p) => JSON.stringify(p) !== text);
    parked.delete(name);
    parked.set(name, [...others, entry].slice(-PARKED_PER_MESSAGE_MAX), now() + PARKED_TTL_MS);
    parked.dropOldest(PARKED_MAX);
  }

  return {
    create: async (entry) => create(entry),
    known: async (entry) => known(entry),
    newestLogin: async (clientId, recipient) => newestLogin(clientId, recipient),
    save: async (change) => save(change),
    load: async (id) => {
      const row = rows.get(id);
      return row && { delivery: fromDoc(row.doc), version: row.version };
    },
    loadWithSecrets: async (id) => {
      const row = rows.get(id);
      return row && { delivery: fromDoc(row.doc), version: row.version, secrets: row.secrets };
    },
    findByMessageId: async (provider, messageId) => {
      const reference = messages.get(nameOf(provider, messageId));
      return reference === undefined ? undefined : parseReference(reference);
    },
    park: async (provider, report) => park({ provider, report }),
    parked: async (provider, messageId) => parked.get(nameOf(provider, messageId)) ?? [],
    unpark: async (provider, messageId) => parked.delete(nameOf(provider, messageId)),
    claimDue: async (at, limit, leaseMs) => claimDue(at, limit, leaseMs),
    open: async ({ offset, limit }) => {
      for (const id of open.keys()) if (!rows.get(id)) forget(id);
      return byScore(open)
        .slice(offset, offset + limit)
        .map(([id]) => ({ delivery: fromDoc(rows.get(id)!.doc), dueAt: due.get(id) }));
    },
    setDue: async (id, dueAt) => {
      if (open.has(id)) due.set(id, Math.min(dueAt, due.get(id) ?? dueAt));
    },
    counts: () => ({ ...counts }),
    openCount: () => open.size,
    nextDueAt: () => byScore(due)[0]?.[1],
    dropDue: (id) => void due.delete(id),
  };
}

function identityOf({ delivery, recipient, content }: NewDelivery): string {
  return JSON.stringify([delivery.clientId, recipient, content.text]);
}

function kindOf({ delivery }: NewDelivery): "login" | "other" {
  return delivery.purpose === "login" ? "login" : "other";
}

function keyOf({ delivery, idempotencyKey }: NewDelivery): string | undefined {
  return idempotencyKey === undefined ? undefined : JSON.stringify([delivery.clientId, idempotencyKey]);
}

function nameOf(provider: string, messageId: string): string {
  return JSON.stringify([provider, messageId]);
}

function byScore(scores: Map<string, number>): [string, number][] {
  return [...scores].toSorted(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
}
