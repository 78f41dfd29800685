import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { v7 } from "uuid";
import { advance } from "../../src/core/advance.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import type { Msisdn } from "../../src/core/phone.ts";
import type { Change, DeliveryStore, NewDelivery, Stored } from "../../src/flows/ports.ts";
import type { KeptVault } from "../../src/redis/key-store.ts";
import type { SendLimits } from "../../src/redis/create-step.ts";
import { createDeliveryStore } from "../../src/redis/delivery-store.ts";
import { createKeys, type Keys } from "../../src/redis/keys.ts";
import { aDelivery, aPlan } from "./build.ts";
import { connectTestRedis, freshPrefix } from "./redis.ts";
import { aVault } from "./vault.ts";

export const NO_LIMITS: SendLimits = { per10Min: 0, perDay: 0 };

export type RedisStoreBundle = {
  masterKey: Buffer;
  client: Redis;
  keys: Keys;
  vault: KeptVault;
  store: DeliveryStore;
  counts: () => Promise<Record<string, number>>;
  close: () => Promise<void>;
};

/** The Redis store under a prefix of its own; `close` removes what it wrote. */
export function aRedisStore(
  limits = NO_LIMITS,
  client = connectTestRedis(),
  prefix = freshPrefix(),
): RedisStoreBundle {
  const keys = createKeys(prefix);
  const masterKey = randomBytes(32);
  const vault = aVault(masterKey);
  return {
    masterKey,
    client,
    keys,
    vault,
    store: createDeliveryStore({ client, keys, vault, limits }),
    counts: async () =>
      Object.fromEntries(
        Object.entries(await client.hgetall(keys.counts)).map(([name, value]) => [name, Number(value)]),
      ),
    close: async () => {
      const left = await keysUnder(client, keys.prefix);
      if (left.length > 0) await client.unlink(left);
      client.disconnect();
    },
  };
}

export async function keysUnder(client: Redis, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of client.scanStream({ match: `${prefix}*`, count: 1_000 }))
    found.push(...(page as string[]));
  return found;
}

let numbers = 0;

/** A number that no other test of this file uses. */
export function aNumber(): Msisdn {
  return `+49151${String(10_000_000 + numbers++)}` as Msisdn;
}

/** A new delivery as accept would store it, taken on now. */
export function aNewDelivery(
  changes: Partial<Omit<NewDelivery, "delivery">> & { delivery?: Partial<Delivery> } = {},
): NewDelivery {
  const id = v7();
  const createdAt = Date.now();
  const base = aDelivery({ id, createdAt, expiresAt: createdAt + 300_000, ...changes.delivery });
  const next = aPlan({ reference: `${id}-1`, plannedAt: createdAt, notBefore: createdAt });
  return {
    recipient: aNumber(),
    content: { code: "483920", text: `483920 is your code ${id}` },
    idempotencyKey: undefined,
    fingerprint: id,
    dueAt: base.expiresAt - 30_000,
    ...changes,
    delivery: advance(base, { kind: "planned", next, at: createdAt }),
  };
}

/** A change to `state` by the shortest way, without timer or bindings unless given. */
export function aChange(from: Stored, kind: Step, more: Partial<Change> = {}): Change {
  const at = Date.now();
  const to = stepped(from.delivery, kind, at);
  const ended = kind === "cancelled" || kind === "verified" || kind === "closed";
  return { from, to, dueAt: ended ? undefined : at + 60_000, binds: [], ...more };
}

export type Step = "intended" | "accepted" | "cancelled" | "verified" | "closed";

function stepped(delivery: Delivery, kind: Step, at: number): Delivery {
  if (kind !== "accepted") return advance(delivery, { kind, at });
  const attempt = delivery.attempts.length;
  const outcome = { kind, providerMessageId: `m-${delivery.id}` } as const;
  return advance(delivery, { kind: "outcome", attempt, outcome, at });
}
