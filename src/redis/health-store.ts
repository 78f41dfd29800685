import type { Redis } from "ioredis";
import { HOUR_MS, HOURS, MINUTE_MS, MINUTES, type Rows } from "../core/health-windows.ts";
import type { Keys } from "./keys.ts";

/** Longer than their windows by a little, for clocks differ. */
const MINUTE_KEPT_MS = (MINUTES + 5) * MINUTE_MS;
const HOUR_KEPT_MS = (HOURS + 1) * HOUR_MS;

/** One minute or hour. */
export type Bucket = { of: "m" | "h"; number: number };

export type HealthStore = {
  /** All of it in one round trip. */
  add: (buckets: readonly { bucket: Bucket; rows: Rows }[]) => Promise<void>;
  read: (buckets: readonly Bucket[]) => Promise<Rows[]>;
};

/** Sums of all processes by minute and by hour. Every key ends by itself. */
export function createHealthStore(client: Redis, keys: Keys): HealthStore {
  return {
    add: async (buckets) => {
      const pipeline = client.pipeline();
      for (const { bucket, rows } of buckets) {
        const key = keys.health(bucket.of, bucket.number);
        for (const [row, sums] of rows)
          for (const [name, by] of sums) pipeline.hincrby(key, `${row}|${name}`, by);
        pipeline.pexpire(key, bucket.of === "m" ? MINUTE_KEPT_MS : HOUR_KEPT_MS);
      }
      await pipeline.exec();
    },
    read: async (buckets) => {
      const pipeline = client.pipeline();
      for (const { of, number } of buckets) pipeline.hgetall(keys.health(of, number));
      const replies = (await pipeline.exec()) ?? [];
      return buckets.map((_, index) => rowsOf(replies[index]?.[1]));
    },
  };
}

/** What no version of ours wrote is left out. */
function rowsOf(reply: unknown): Rows {
  const rows: Rows = new Map();
  if (typeof reply !== "object" || reply === null) return rows;
  for (const [field, value] of Object.entries(reply)) {
    const [route, callingCode, name, ...rest] = field.split("|");
    const count = Number(value);
    if (!route || !callingCode || !name || rest.length > 0 || !Number.isFinite(count)) continue;
    const row = `${route}|${callingCode}`;
    const sums = rows.get(row);
    if (sums) sums.set(name, count);
    else rows.set(row, new Map([[name, count]]));
  }
  return rows;
}
