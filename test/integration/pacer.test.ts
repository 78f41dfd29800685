import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPacer } from "../../src/redis/pacer.ts";
import { createReach } from "../../src/redis/reach.ts";
import { failFastClient, whenReady } from "../../src/redis/client.ts";
import { createKeys } from "../../src/redis/keys.ts";
import { aRoute, testRules } from "../support/build.ts";
import { startOwnRedis } from "../support/own-redis.ts";
import { connectTestRedis } from "../support/redis.ts";
import { aNumber, aRedisStore, type RedisStoreBundle } from "../support/store-bundle.ts";

const NEVER = new AbortController().signal;
const shared = (perSecond: number) =>
  testRules({
    routes: [
      aRoute({ id: "seven-sms", account: "seven", perSecond }),
      aRoute({ id: "seven-voice", account: "seven", perSecond }),
      aRoute({ id: "second-sms", perSecond }),
    ],
  });

let bundle: RedisStoreBundle;
beforeEach(() => {
  bundle = aRedisStore();
});
afterEach(() => bundle.close());

describe("an account with two lanes", () => {
  test.each([5, 10])(
    "of %d a second never starts more than one above in any second and wastes less than 5 of 100 slots",
    async (perSecond) => {
      const rules = shared(perSecond);
      const clients = [connectTestRedis(), connectTestRedis()];
      const starts: number[] = [];
      const untilMs = performance.now() + 5_500;
      const lane = async (route: string, client: (typeof clients)[number]) => {
        const pacer = createPacer(client, bundle.keys, rules);
        while (performance.now() < untilMs) {
          await pacer.turn(route, NEVER);
          starts.push(performance.now());
        }
      };
      const [one, two] = clients as [(typeof clients)[0], (typeof clients)[0]];
      await Promise.all([
        ...Array.from({ length: 4 }, () => lane("seven-sms", one)),
        ...Array.from({ length: 4 }, () => lane("seven-voice", two)),
      ]);
      for (const client of clients) client.disconnect();
      const inWindow = (from: number, ms: number) =>
        starts.filter((at) => at >= from && at < from + ms).length;
      const most = Math.max(...starts.map((from) => inWindow(from, 1_000)));
      const used = (inWindow(starts[0]!, 5_000) - 1) / (5 * perSecond);
      expect(most).toBeLessThanOrEqual(perSecond + 1);
      expect(used).toBeGreaterThanOrEqual(0.95);
    },
    15_000,
  );

  test("gives no burst after a pause, and its slot an end", async () => {
    const pacer = createPacer(bundle.client, bundle.keys, shared(10));
    await pacer.turn("seven-sms", NEVER);
    const slot = bundle.keys.slot("seven");
    await bundle.client.set(slot, String(Date.now() - 60_000));
    const startedAt = performance.now();
    for (let i = 0; i < 4; i++) await pacer.turn("seven-sms", NEVER);
    expect(performance.now() - startedAt).toBeGreaterThan(280);
    const ttl = await bundle.client.pttl(slot);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(60_000);
  });

  test("gives a wait up when its signal says so", async () => {
    const pacer = createPacer(bundle.client, bundle.keys, shared(1));
    await pacer.turn("seven-sms", NEVER);
    await expect(pacer.turn("seven-voice", AbortSignal.timeout(50))).rejects.toThrow();
  });
});

test("an account with one lane pays no round trip", async () => {
  const pacer = createPacer(bundle.client, bundle.keys, shared(1));
  for (let i = 0; i < 20; i++) await pacer.turn("second-sms", NEVER);
  expect(await bundle.client.exists(bundle.keys.slot("second-sms"))).toBe(0);
});

describe("what is remembered of a number", () => {
  test("is kept for a week under a keyed hash, by route", async () => {
    const { client, keys, vault } = bundle;
    const reach = createReach(client, keys, vault);
    const [here, gone, unknown] = [aNumber(), aNumber(), aNumber()];
    await reach.remember("telegram-gateway", here, true);
    await reach.remember("telegram-gateway", gone, false);
    const recalled = [here, gone, unknown].map((number) => reach.recall("telegram-gateway", number));
    expect(await Promise.all(recalled)).toEqual([true, false, undefined]);
    expect(await reach.recall("other", here)).toBeUndefined();
    const key = keys.reach("telegram-gateway", vault.hash("recipient", here));
    const week = 7 * 86_400_000;
    expect(await client.pttl(key)).toBeGreaterThan(week - 10_000);
    expect(await client.pttl(key)).toBeLessThanOrEqual(week);
    expect(key).not.toContain(here.slice(3));
  });

  test("is a hint: unknown at once from a Redis that hangs or is gone", async () => {
    const own = await startOwnRedis();
    const client = failFastClient(own.address, "intake");
    client.on("error", () => undefined);
    await whenReady(client, 5_000);
    const reach = createReach(client, createKeys("{reach}"), bundle.vault);
    const timed = async () => {
      const startedAt = performance.now();
      expect(await reach.recall("telegram-gateway", aNumber())).toBeUndefined();
      return performance.now() - startedAt;
    };
    own.freeze();
    expect(await timed()).toBeLessThan(200);
    own.thaw();
    await own.stop();
    expect(await timed()).toBeLessThan(200);
    client.disconnect();
  });
});
