import type { Redis } from "ioredis";
import type { Reach } from "../flows/ports.ts";
import type { Vault } from "../platform/secret.ts";
import { DAY_MS, type Keys } from "./keys.ts";
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
      const known = await hint(client.get(key(route, recipient)));
      return known === undefined ? undefined : known === "1";
    },
    remember: async (route, recipient, reached) => {
      await reachable(() => client.set(key(route, recipient), reached ? "1" : "0", "PX", REMEMBERED_MS));
    },
  };
}

async function hint(asked: Promise<string | null>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), RECALL_MAX_MS);
  });
  const known = await Promise.race([asked.catch(() => null), late]);
  clearTimeout(timer);
  return known ?? undefined;
}
