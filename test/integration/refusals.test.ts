import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { failFastClient, whenReady } from "../../src/redis/client.ts";
import { REFUSALS_PER_NUMBER_MAX, REFUSED_NUMBERS_MAX } from "../../src/redis/keys.ts";
import { createRefusals } from "../../src/redis/refusals.ts";
import { type OwnRedis, startOwnRedis } from "../support/own-redis.ts";
import { aRedisBundle, type RedisBundle } from "../support/redis-bundle.ts";
import { aNumber } from "../support/store-bundle.ts";

const refused = (at: number, clientId = "cloud", door?: string) => ({
  at,
  clientId,
  reason: "recipient_limit",
  door,
});

describe("refusals", () => {
  let bundle: RedisBundle;
  beforeEach(() => {
    bundle = aRedisBundle({ limits: { per10Min: 1, perDay: 0 } });
  });
  afterEach(() => bundle.close());

  test("of an accept are found a moment later, by number and client, newest first", async () => {
    const recipient = aNumber();
    await bundle.accept({ recipient });
    await bundle.accept({ recipient });
    await bundle.accept({ recipient, door: "playsms" });
    const recall = () => bundle.refusals.recall(recipient, "cloud");
    await expect.poll(async () => (await recall()).length, { timeout: 1_000 }).toBe(2);
    expect(await recall()).toMatchObject([
      { clientId: "cloud", reason: "recipient_limit", door: "playsms" },
      { clientId: "cloud", reason: "recipient_limit", door: undefined },
    ]);
    expect(await bundle.refusals.recall(recipient, "other")).toEqual([]);
    expect(await bundle.refusals.recall(recipient)).toHaveLength(2);
    expect(await bundle.refusals.recall(aNumber())).toEqual([]);
    expect(await bundle.client.pttl(bundle.keys.refusedIndex)).toBeGreaterThan(86_000_000);
  });

  test(`the newest ${REFUSALS_PER_NUMBER_MAX} of a number and of the last day are kept`, async () => {
    const recipient = aNumber();
    const now = Date.now();
    bundle.refusals.record(recipient, refused(now - 86_400_000));
    for (let i = 0; i < 30; i++) bundle.refusals.record(recipient, refused(now + i));
    await bundle.refusals.close();
    const found = await bundle.refusals.recall(recipient);
    expect(found.map(({ at }) => at - now)).toEqual(
      Array.from({ length: REFUSALS_PER_NUMBER_MAX }, (_, i) => 29 - i),
    );
    const old = aNumber();
    await bundle.client.lpush(
      bundle.keys.refused(bundle.vault.hash("recipient", old)),
      `${now - 86_400_001} cloud x`,
    );
    expect(await bundle.refusals.recall(old)).toEqual([]);
  });

  test("numbers are bounded, the oldest go first", async () => {
    const { client, keys } = bundle;
    const recipient = aNumber();
    const scores = Array.from({ length: REFUSED_NUMBERS_MAX }, (_, i) => [
      Date.now() - 1_000 + i / 1_000,
      keys.refused(`${i}`),
    ]);
    await client.zadd(keys.refusedIndex, ...scores.flat());
    await client.lpush(keys.refused("0"), "x");
    bundle.refusals.record(recipient, refused(Date.now()));
    await bundle.refusals.close();
    expect(await client.zcard(keys.refusedIndex)).toBe(REFUSED_NUMBERS_MAX);
    expect(await client.exists(keys.refused("0"))).toBe(0);
    expect(await bundle.refusals.recall(recipient)).toHaveLength(1);
  });
});

describe("refusals while Redis is away", () => {
  let own: OwnRedis;
  afterEach(() => own.stop());

  test("wait for it, and what is given up is told", async () => {
    own = await startOwnRedis();
    const client = failFastClient(own.address, "refusals");
    client.on("error", () => undefined);
    await whenReady(client, 5_000);
    const bundle = aRedisBundle({ client });
    const lost: number[] = [];
    const { keys, vault } = bundle;
    const refusals = createRefusals({
      client,
      keys,
      vault,
      now: Date.now,
      onLost: (count) => lost.push(count),
    });
    const recipient = aNumber();
    own.freeze();
    refusals.record(recipient, refused(Date.now()));
    // By the time that the second one has given up, the first try has too.
    for (let i = 0; i < 2; i++) await expect(client.ping()).rejects.toThrow();
    own.thaw();
    await expect.poll(() => refusals.recall(recipient).catch(() => []), { timeout: 6_000 }).toHaveLength(1);
    await own.stop();
    for (let i = 0; i < 10_005; i++) refusals.record(recipient, refused(i));
    await refusals.close();
    expect(lost.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(10_005);
    client.disconnect();
  });
});
