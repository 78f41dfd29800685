import { LRUCache } from "lru-cache";
import type { Delivery } from "../core/delivery.ts";
import {
  type Created,
  type DeliveryStore,
  type Known,
  type NewDelivery,
  StoreUnavailable,
} from "../flows/ports.ts";
import type { Vault } from "../platform/secret.ts";
import { orKnown } from "./patience.ts";

/** About 0.5 KB each. */
const REMEMBERED_MAX = 20_000;

/** A code that is known to live is answered before a hanging Redis gives up. */
const PATIENCE_MS = 600;

type Repeated = Extract<Created, { kind: "repeated" }>;

/** What an answer needs. Tens of thousands of whole deliveries would keep the garbage collector busy. */
type Remembered = Omit<Delivery, "plan" | "skipped" | "attempts" | "next">;

/**
 * Lets an intake answer a code that lives already while Redis is away: somebody who holds a valid code and
 * reloads the page must see the field for it, not an error.
 */
export function remembering(store: DeliveryStore, vault: Vault, now: () => number): DeliveryStore {
  const accepted = new LRUCache<string, Remembered>({ max: REMEMBERED_MAX });
  return {
    ...store,
    known: (entry) => asked<Known>(entry, store.known),
    create: (entry) => asked<Created>(entry, store.create),
  };
  async function asked<Answer extends Created | Known>(
    entry: NewDelivery,
    ask: (entry: NewDelivery) => Promise<Answer | Repeated>,
  ): Promise<Answer | Repeated> {
    const identity = identityOf(vault, entry);
    const living = livingOf(accepted.get(identity), now());
    const said = ask(entry).then((answer) => {
      const delivery = takenOn(answer, entry);
      if (delivery) accepted.set(identity, withoutPlan(delivery));
      return answer;
    });
    return living ? orKnown(said.catch(onlyWhenAway(living)), living, PATIENCE_MS) : said;
  }
}

/** Also what another intake took on, or this one before it was started again. */
function takenOn(answer: Created | Known, entry: NewDelivery): Delivery | undefined {
  if (answer.kind === "created") return entry.delivery;
  return answer.kind === "repeated" && isLiving(answer.delivery) ? answer.delivery : undefined;
}

function onlyWhenAway(known: Repeated): (error: unknown) => Repeated {
  return (error) => {
    if (error instanceof StoreUnavailable) return known;
    throw error;
  };
}

function identityOf(vault: Vault, { delivery, recipient, content }: NewDelivery): string {
  return vault.localHash(delivery.clientId, recipient, content.text);
}

function withoutPlan({ plan: _p, skipped: _s, attempts: _a, next: _n, ...kept }: Delivery): Remembered {
  return kept;
}

/** A repeat by its key may name a delivery that ended without an accept: its code is not on its way. */
function isLiving({ state }: Delivery): boolean {
  return state !== "failed" && state !== "expired" && state !== "cancelled";
}

/** The newest known state may be old; that it was taken on is all that the answer needs to say. */
function livingOf(known: Remembered | undefined, now: number): Repeated | undefined {
  if (!known || known.expiresAt <= now) return undefined;
  return {
    kind: "repeated",
    delivery: { ...known, plan: [], skipped: [], attempts: [] },
    by: "text",
    fromMemory: true,
  };
}
