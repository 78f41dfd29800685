import type { Redis } from "ioredis";
import { type FigureBucket, HOURS_KEPT_MS, MINUTES_KEPT_MS } from "../core/figure-windows.ts";
import { addInto, type Sums } from "../core/health.ts";
import type { Keys } from "./keys.ts";
import { defineScript, type ScriptArg } from "./script.ts";
import { reachable } from "./unavailable.ts";

/** Sums of all processes by minute and by hour, in a table for each kind of name. Every key ends by itself. */

export const FIGURE_TABLES = ["all", "route", "client", "country"] as const;
export type FigureTable = (typeof FIGURE_TABLES)[number];

/** Sums by name; the table `all` has one without a name. */
export type FigureRows = Map<string, Sums>;

export type AddedBucket = { bucket: FigureBucket; tables: Map<FigureTable, FigureRows> };

export type FigureStore = ReturnType<typeof createFigureStore>;

/** A batch that is told again later than this would count twice; it is told again every second. */
const ADDED_TTL_MS = 600_000;

/**
 * Adds a batch of sums once, however often it is told.
 * KEYS mark of the batch, then hashes   ARGV 1 ttl of the mark, then for each hash: ttl, number of sums, field, by, ...
 */
const ADD = `
if not redis.call('SET', KEYS[1], 1, 'NX', 'PX', ARGV[1]) then return 0 end
local at = 2
for k = 2, #KEYS do
  local last = at + 1 + 2 * tonumber(ARGV[at + 1])
  for i = at + 2, last, 2 do redis.call('HINCRBY', KEYS[k], ARGV[i], ARGV[i + 1]) end
  redis.call('PEXPIRE', KEYS[k], ARGV[at])
  at = last + 1
end
return 1
`;

export function createFigureStore(client: Redis, keys: Keys) {
  const add = defineScript(client, "addFigures", ADD);
  return {
    /** One round trip. @param batch a name that no other batch has */
    add: async (batch: string, buckets: readonly AddedBucket[]): Promise<void> => {
      const [hashes, args] = callOf(keys, buckets);
      await reachable(() => add([keys.figuresAdded(batch), ...hashes], [ADDED_TTL_MS, ...args]));
    },
    /** One round trip for all buckets; each is a small hash. @throws StoreUnavailable */
    read: (buckets: readonly FigureBucket[], table: FigureTable): Promise<FigureRows[]> =>
      reachable(async () => {
        const pipeline = client.pipeline();
        for (const { of, number } of buckets) pipeline.hgetall(keys.figures(of, number, table));
        return ((await pipeline.exec()) ?? []).map(([error, reply]) => {
          if (error) throw error;
          return rowsOf(reply, table);
        });
      }),
  };
}

function callOf(keys: Keys, buckets: readonly AddedBucket[]): [hashes: string[], args: ScriptArg[]] {
  const hashes: string[] = [];
  const args: ScriptArg[] = [];
  for (const { bucket, tables } of buckets) {
    for (const [table, rows] of tables) {
      hashes.push(keys.figures(bucket.of, bucket.number, table));
      const sums = [...rows].flatMap(([name, of]) => [...of].map(([sum, by]) => [fieldOf(name, sum), by]));
      args.push(bucket.of === "m" ? MINUTES_KEPT_MS : HOURS_KEPT_MS, sums.length);
      for (const [field = "", by = 0] of sums) args.push(field, by);
    }
  }
  return [hashes, args];
}

function fieldOf(name: string, sum: string): string {
  return name === "" ? sum : `${name}|${sum}`;
}

/** The sums of one name over many buckets. */
export function sumOf(all: readonly FigureRows[], name: string): Sums {
  const total: Sums = new Map();
  for (const rows of all) addInto(total, rows.get(name) ?? new Map());
  return total;
}

/** What no version of ours wrote is left out. */
function rowsOf(reply: unknown, table: FigureTable): FigureRows {
  const rows: FigureRows = new Map();
  for (const [field, value] of Object.entries(reply ?? {})) {
    const cut = table === "all" ? -1 : field.lastIndexOf("|");
    const [name, sum, by] = [field.slice(0, Math.max(0, cut)), field.slice(cut + 1), Number(value)];
    if (!Number.isFinite(by) || (table !== "all" && name === "")) continue;
    const sums = rows.get(name);
    if (sums) sums.set(sum, by);
    else rows.set(name, new Map([[sum, by]]));
  }
  return rows;
}
