import { Queue } from "bullmq";
import { afterEach, expect, test } from "vitest";
import { createLane } from "../../workers/lane.ts";
import { eventually } from "../support/eventually.ts";
import { connectTestRedis } from "../support/redis.ts";

const closers: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

test("a running lane takes another pace from its next job on", async () => {
  const prefix = `{pace-${process.pid}}`;
  const [client, queueClient] = [connectTestRedis({ maxRetriesPerRequest: null }), connectTestRedis()];
  closers.push(
    () => client.disconnect(),
    () => queueClient.disconnect(),
  );
  const queue = new Queue("pace", { connection: queueClient, prefix });
  const starts: number[] = [];
  const lane = createLane({
    name: "pace",
    client,
    prefix,
    concurrency: 8,
    perSecond: 5,
    onError: () => undefined,
    handle: async () => void starts.push(performance.now()),
  });
  closers.push(
    () => queue.close(),
    () => queue.obliterate({ force: true }),
    () => lane.drain(),
  );
  await queue.addBulk(Array.from({ length: 60 }, (_, n) => ({ name: "job", data: { n } })));
  lane.run();
  await eventually(() => expect(starts.length).toBeGreaterThanOrEqual(6), { timeoutMs: 5_000 });
  const slow = starts.slice(0, 6);
  expect((slow.at(-1)! - slow[0]!) / 5).toBeGreaterThan(180);

  lane.pace(50);
  await eventually(() => expect(starts).toHaveLength(60), { timeoutMs: 10_000 });
  const fast = starts.slice(12);
  const gapMs = (fast.at(-1)! - fast[0]!) / (fast.length - 1);
  expect(gapMs).toBeGreaterThan(15);
  expect(gapMs).toBeLessThan(100);

  lane.pace(5);
  await queue.addBulk(Array.from({ length: 6 }, (_, n) => ({ name: "job", data: { n } })));
  await eventually(() => expect(starts).toHaveLength(66), { timeoutMs: 10_000 });
  const again = starts.slice(61);
  expect((again.at(-1)! - again[0]!) / (again.length - 1)).toBeGreaterThan(180);
});
