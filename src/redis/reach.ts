import type { Redis } from "ioredis";
import type { Reach } from "../flows/ports.ts";
import type { Vault } from "../platform/secret.ts";
import { DAY_MS, type Keys } from "./keys.ts";
import { orKnown } from "./patience.ts";
import { reachable } from "./unavailable.ts";

/** A request waits no longer for a hint: with the writes after it, its answer still comes within 1.2 s. */
const RECALL_MAX_MS = 100;

/** People join and leave a messenger; after a week the guess is open again. */
const REMEMBERED_MS = 7 * DAY_MS;

/** Who is known to be, or not to be, on a route that reaches only some. Numbers are keyed hashes. */
export function createReach(client: Redis, keys: Keys, vault: Vault): Reach {
  const key = (route: string, recipient: string) => keys.reach(route, vault.hash("recipient", recipient));
  return {
    recall: async (route, recipient) => {
      const ask = async () => client.get(key(route, recipient));
      const known = await orKnown(
        ask().catch(() => null),
        null,
        RECALL_MAX_MS,
      );
      return known === null ? undefined : known === "1";
    },
    remember: async (route, recipient, reached) => {
      await reachable(() => client.set(key(route, recipient), reached ? "1" : "0", "PX", REMEMBERED_MS));
    },
  };
}
