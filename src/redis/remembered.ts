import { LRUCache } from "lru-cache";
import type { Delivery } from "../core/delivery.ts";
import { type Created, type DeliveryStore, type NewDelivery, StoreUnavailable } from "../flows/ports.ts";
import type { Vault } from "../platform/secret.ts";

/** About 1 KB each. */
const REMEMBERED_MAX = 20_000;

/**
 * Lets an intake answer a code that lives already while Redis is away: somebody who holds a valid code and
 * reloads the page must see the field for it, not an error.
 */
export function remembering(store: DeliveryStore, vault: Vault, now: () => number): DeliveryStore {
  const accepted = new LRUCache<string, Delivery>({ max: REMEMBERED_MAX });
  return {
    ...store,
    create: async (entry) => {
      const identity = identityOf(vault, entry);
      try {
        const created = await store.create(entry);
        if (created.kind === "created") accepted.set(identity, entry.delivery);
        // Taken on by another intake, or by this one before it was started again.
        if (created.kind === "repeated" && isLiving(created.delivery))
          accepted.set(identity, created.delivery);
        return created;
      } catch (error) {
        const living =
          error instanceof StoreUnavailable ? livingOf(accepted.get(identity), now()) : undefined;
        if (living) return living;
        throw error;
      }
    },
  };
}

function identityOf(vault: Vault, { delivery, recipient, content }: NewDelivery): string {
  return vault.hash("same", delivery.clientId, recipient, content.text);
}

/** A repeat by its key may name a delivery that ended without an accept: its code is not on its way. */
function isLiving({ state }: Delivery): boolean {
  return state !== "failed" && state !== "expired" && state !== "cancelled";
}

/** The newest known state may be old; that it was taken on is all that the answer needs to say. */
function livingOf(delivery: Delivery | undefined, now: number): Created | undefined {
  return delivery && delivery.expiresAt > now ? { kind: "repeated", delivery, fromMemory: true } : undefined;
}
