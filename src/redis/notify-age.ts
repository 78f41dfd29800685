import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";

/** Jobs at the old end of the line that are looked at: what comes for another try is older and no sign of trouble. */
const LOOKED_AT = 50;

/**
 * How long the oldest event or alert has been there that no worker has begun.
 * @returns ms, 0 when there is none
 */
export async function notifyAgeMs(client: Redis, keys: Keys, notify: Queue, now: number): Promise<number> {
  const [[, outboxAt], jobs] = await Promise.all([
    client.zrangebyscore(keys.eventsOutbox, "-inf", "+inf", "WITHSCORES", "LIMIT", 0, 1),
    notify.getJobs(["waiting"], 0, LOOKED_AT - 1, true),
  ]);
  const untried = jobs.filter((job) => job?.processedOn === undefined).map(({ timestamp }) => timestamp);
  const oldest = Math.min(...untried, outboxAt === undefined ? now : Number(outboxAt), now);
  return now - oldest;
}
