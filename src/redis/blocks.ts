import type { Redis } from "ioredis";
import { z } from "zod";
import type { Blocks } from "../flows/limit-ports.ts";
import type { Keys } from "./keys.ts";
import { orKnown } from "./patience.ts";

/** With the wait below, a block counts everywhere within a second. */
const FRESH_MS = 700;
/** A Redis that hangs must leave time for the answer itself: what was read last is used after this wait. */
const PATIENCE_MS = 100;

export const blockSchema = z.object({
  why: z.string(),
  at: z.number(),
  /** Epoch ms; absent: until somebody removes it. */
  untilAt: z.number().optional(),
});

export type Block = z.infer<typeof blockSchema>;

/** By prefix, such as +4917599. */
export type BlockList = ReadonlyMap<string, Block>;

export async function readBlocks(client: Redis, keys: Keys): Promise<BlockList> {
  const stored = Object.entries(await client.hgetall(keys.blocks));
  return new Map(stored.map(([prefix, value]) => [prefix, blockSchema.parse(JSON.parse(value))]));
}

type Deps = { client: Redis; keys: Keys; now: () => number; elapsed: () => number };

/**
 * Prefixes are compared in this process, from a copy that is read again when it is used and old: a number must not
 * reach Redis readable, not even in a command.
 */
export function createBlocks(deps: Deps): Blocks {
  let known: BlockList | undefined;
  let readAt = 0;
  let reading: Promise<BlockList | undefined> | undefined;
  const read = () => {
    reading ??= readBlocks(deps.client, deps.keys)
      .then((list) => {
        readAt = deps.elapsed();
        known = list;
        return list;
      })
      .catch(() => known)
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  return {
    match: async (recipient) => {
      const isFresh = known !== undefined && deps.elapsed() - readAt < FRESH_MS;
      const list = isFresh ? known : await orKnown(read(), known, PATIENCE_MS);
      if (list === undefined) return "unread";
      return blockOf(list, recipient, deps.now()) === undefined ? "free" : "blocked";
    },
  };
}

/** The block with the longest prefix, of those that are not over. */
export function blockOf(list: BlockList, number: string, now: number): Block | undefined {
  if (list.size === 0) return undefined;
  for (let end = number.length; end > 1; end--) {
    const block = list.get(number.slice(0, end));
    if (block && (block.untilAt ?? Number.POSITIVE_INFINITY) > now) return block;
  }
  return undefined;
}
