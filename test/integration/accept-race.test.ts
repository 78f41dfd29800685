import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { failFastClient, whenReady } from "../../src/redis/client.ts";
import { type OwnRedis, startOwnRedis } from "../support/own-redis.ts";
import { aRedisBundle, aRequest, type RedisBundle } from "../support/redis-bundle.ts";

/** Promised for each accepted code that waits: record, indexes, job and the caller's idempotency key together. */
const BYTES_PER_DELIVERY_MAX = 2_048;
const CONTENT = { code: "483920", text: "483920 is your Nextcloud authentication code" };
const WAITING = 5_000;
const ROUND_TRIPS_MAX = 3;

describe("many callers at once", () => {
  let bundle: RedisBundle;
  beforeEach(() => {
    bundle = aRedisBundle();
  });
  afterEach(() => bundle.close());

  const idsOf = async (calls: ReturnType<RedisBundle["accept"]>[]) =>
    new Set(
      (await Promise.all(calls)).map((answer) =>
        answer.kind === "accepted" ? answer.delivery.id : answer.code,
      ),
    );

  test.each([50, 200])("%d with one idempotency key get one delivery and one job", async (callers) => {
    const request = { ...aRequest(), idempotencyKey: "one" };
    // Different texts: the key alone holds them together.
    const ids = await idsOf(
      Array.from({ length: callers }, (_, i) =>
        bundle.accept({ ...request, content: { code: undefined, text: `text ${i}` } }),
      ),
    );
    expect(ids.size).toBe(1);
    expect(await bundle.counts()).toEqual({ accepted: 1, queued: 1 });
    expect(await bundle.queues.lanes.get("seven-sms")!.getJobCounts()).toMatchObject({
      prioritized: 1,
      delayed: 0,
    });
    expect(bundle.events.filter((event) => event.kind === "accept.queued")).toHaveLength(1);
  });

  test.each([50, 200])("%d with the same text get one delivery and one job", async (callers) => {
    const request = aRequest();
    const ids = await idsOf(Array.from({ length: callers }, () => bundle.accept(request)));
    expect(ids.size).toBe(1);
    expect(await bundle.counts()).toEqual({ accepted: 1, queued: 1 });
    expect(await bundle.queues.lanes.get("seven-sms")!.getPrioritizedCount()).toBe(1);
  });

  test("100 with codes of their own for one number stay inside its limit", async () => {
    const limited = aRedisBundle({ limits: { per10Min: 5, perDay: 20 } });
    const { recipient } = aRequest();
    const answers = await Promise.all(Array.from({ length: 100 }, () => limited.accept({ recipient })));
    expect(answers.filter((answer) => answer.kind === "accepted")).toHaveLength(5);
    await limited.close();
  });

  test(`an accept takes at most ${ROUND_TRIPS_MAX} round trips to Redis`, async () => {
    await bundle.accept();
    const flushes = countFlushes(bundle);
    await bundle.accept();
    console.log(`accept: ${flushes.count()} round trips to Redis`);
    expect(flushes.count()).toBeGreaterThanOrEqual(2);
    expect(flushes.count()).toBeLessThanOrEqual(ROUND_TRIPS_MAX);
  });
});

describe("memory", () => {
  let own: OwnRedis;
  beforeEach(async () => {
    own = await startOwnRedis();
  });
  afterEach(() => own.stop());

  test.each(["a stock Nextcloud", "a caller with idempotency keys"])(
    `a waiting delivery of %s takes at most ${BYTES_PER_DELIVERY_MAX} bytes, job and indexes included`,
    async (caller) => {
      const client = failFastClient(own.address, "memory");
      client.on("error", () => undefined);
      await whenReady(client, 5_000);
      const bundle = aRedisBundle({ client, prefix: "{otpost}", limits: { per10Min: 5, perDay: 20 } });
      const used = async () => Number(/^used_memory:(\d+)/m.exec(await client.info("memory"))?.[1]);
      const key = (n: number) => (caller.startsWith("a stock") ? undefined : `key-${n}`);
      await bundle.accept();
      const before = await used();
      for (let n = 0; n < WAITING; n += 250) {
        await Promise.all(
          Array.from({ length: 250 }, (_, k) =>
            bundle.accept({ content: CONTENT, idempotencyKey: key(n + k) }),
          ),
        );
      }
      const bytes = ((await used()) - before) / WAITING;
      expect(await bundle.queues.lanes.get("seven-sms")!.getPrioritizedCount()).toBe(WAITING + 1);
      console.log(`memory, ${caller}: ${Math.round(bytes)} bytes per waiting delivery`);
      expect(bytes).toBeLessThanOrEqual(BYTES_PER_DELIVERY_MAX);
      await bundle.close();
    },
  );
});

/** Commands that wait for each other cost a round trip each; what is sent together costs one. */
function countFlushes({ client }: RedisBundle) {
  const write = client.sendCommand.bind(client);
  let count = 0;
  client.sendCommand = (...args: Parameters<typeof write>) => {
    count += 1;
    return write(...args);
  };
  return { count: () => count };
}
