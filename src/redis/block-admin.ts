import type { Redis } from "ioredis";
import { type Block, type BlockList, readBlocks } from "./blocks.ts";
import type { Keys } from "./keys.ts";

/** Every process reads all of them about once a second. */
const BLOCKS_MAX = 1_000;

export class BlockFault extends Error {
  override readonly name = "BlockFault";
}

export type BlockAdmin = ReturnType<typeof createBlockAdmin>;

type Deps = { client: Redis; keys: Keys; now: () => number };

/** Blocking prefixes of numbers, for every client. */
export function createBlockAdmin(deps: Deps) {
  const { client, keys, now } = deps;
  return {
    /** Takes the place of an earlier block of the same prefix. @throws BlockFault when there are too many */
    add: async (prefix: string, block: Omit<Block, "at">): Promise<void> => {
      const list = await current(deps);
      if (!list.has(prefix) && list.size >= BLOCKS_MAX) {
        throw new BlockFault(
          `There are ${BLOCKS_MAX} blocks already; remove some or block shorter prefixes.`,
        );
      }
      await client.hset(keys.blocks, prefix, JSON.stringify({ ...block, at: now() }));
    },
    list: () => current(deps),
    /** @throws BlockFault when there is no such block */
    remove: async (prefix: string): Promise<void> => {
      if ((await client.hdel(keys.blocks, prefix)) === 1) return;
      throw new BlockFault(`There is no block of ${prefix}. See: otpost blocks list`);
    },
  };
}

/** Those that are over leave the store when somebody looks. */
async function current({ client, keys, now }: Deps): Promise<BlockList> {
  const all = [...(await readBlocks(client, keys))];
  const isOver = ({ untilAt }: Block) => untilAt !== undefined && untilAt <= now();
  const over = all.filter(([, block]) => isOver(block)).map(([prefix]) => prefix);
  if (over.length > 0) await client.hdel(keys.blocks, ...over);
  return new Map(all.filter(([, block]) => !isOver(block)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
