import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HealthNote } from "../../src/core/health.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/core/health-windows.ts";
import { createHealthRoutes, type RunningHealth } from "../../src/redis/health-routes.ts";
import { OTHER_COUNTRIES } from "../../src/redis/health-sums.ts";
import { eventually } from "../support/eventually.ts";
import { connectTestRedis } from "../support/redis.ts";
import { aRedisStore, keysUnder, type RedisStoreBundle } from "../support/store-bundle.ts";

/** Told within a second, read within two more. */
const SEEN_MS = 6_000;
const ROUTES = new Set(["seven-sms", "telegram-gateway"]);

let bundle: RedisStoreBundle;
let running: RunningHealth[] = [];
let passed = 0;
const clients: ReturnType<typeof connectTestRedis>[] = [];
/** Early in a minute of the past hour, so that no edge is crossed by accident. */
const base = Math.floor(Date.now() / HOUR_MS) * HOUR_MS + 30 * MINUTE_MS + 1_000;

function aProcess(): RunningHealth {
  const client = connectTestRedis();
  clients.push(client);
  const one = createHealthRoutes({ client, keys: bundle.keys, routes: ROUTES, now: () => base + passed });
  running.push(one);
  return one;
}

type Kind = "arrived" | "missed";
const of = (kind: Kind, callingCode = "49", route = "seven-sms"): HealthNote =>
  kind === "arrived" ? { route, callingCode, kind, tookMs: 700 } : { route, callingCode, kind };
const tell = (health: RunningHealth, times: number, note: HealthNote) => {
  for (let i = 0; i < times; i++) health.observe([note]);
};
const seen = (check: () => void) => eventually(check, { timeoutMs: SEEN_MS });

beforeEach(() => {
  bundle = aRedisStore();
  [running, passed] = [[], 0];
});
afterEach(async () => {
  for (const one of running) one.close();
  for (const client of clients.splice(0)) client.disconnect();
  await bundle.close();
});

describe("what is measured of routes", () => {
  test("is the sum over all processes, known to each", async () => {
    const [one, two] = [aProcess(), aProcess()];
    tell(one, 6, of("arrived"));
    tell(two, 3, of("missed"));
    tell(two, 2, of("missed", "43"));
    for (const process of [one, two]) {
      await seen(() =>
        expect(process.of("seven-sms", "49").recent).toEqual({ arrived: 6, missed: 3, verified: 0 }),
      );
    }
    await seen(() => expect(one.rows()).toHaveLength(2));
  });

  test("leaves its windows with time: 5 minutes, an hour, a day", async () => {
    const one = aProcess();
    tell(one, 4, of("arrived"));
    await seen(() => expect(one.of("seven-sms", "49").recent.arrived).toBe(4));
    passed = 10 * MINUTE_MS;
    await seen(() => {
      const { recent, hour } = one.of("seven-sms", "49");
      expect([recent.arrived, hour.arrived]).toEqual([0, 4]);
    });
    passed = 90 * MINUTE_MS;
    await seen(() => {
      expect(one.of("seven-sms", "49").hour.arrived).toBe(0);
      expect(one.of("seven-sms", "43").elsewhere.arrived).toBe(4);
      expect(one.rows()[0]?.day.arrived).toBe(4);
    });
    passed = 25 * HOUR_MS;
    await seen(() => expect(one.rows()).toEqual([]));
  }, 30_000);

  test("ends by itself in the store, and names neither number nor id", async () => {
    const one = aProcess();
    tell(one, 1, of("arrived"));
    const keys = () => keysUnder(bundle.client, `${bundle.keys.prefix}:health`);
    await eventually(async () => expect(await keys()).toHaveLength(2));
    const lives = await Promise.all((await keys()).toSorted().map((key) => bundle.client.pttl(key)));
    expect(lives[0]).toBeGreaterThan(24 * HOUR_MS);
    expect(lives[0]).toBeLessThanOrEqual(25 * HOUR_MS);
    expect(lives[1]).toBeGreaterThan(60 * MINUTE_MS);
    expect(lives[1]).toBeLessThanOrEqual(65 * MINUTE_MS);
    const fields = await bundle.client.hkeys((await keys())[0] ?? "");
    expect(fields.toSorted()).toEqual(["seven-sms|49|arrived", "seven-sms|49|d3"]);
  });

  test("stays bounded under a flood of countries and of routes that are none", async () => {
    const one = aProcess();
    for (let n = 0; n < 5_000; n++) {
      one.observe([of("arrived", String(n)), of("arrived", "49", `route-${n}`)]);
    }
    await seen(() => {
      expect(one.rows()).toHaveLength(101);
      const other = one.rows().find((row) => row.callingCode === OTHER_COUNTRIES);
      expect(other?.hour.arrived).toBe(4_900);
    });
    const hours = bundle.keys.health("h", Math.floor(base / HOUR_MS));
    expect(await bundle.client.hlen(hours)).toBe(202);
    expect(await bundle.client.memory("USAGE", hours)).toBeLessThan(40_000);
  });

  test("holds nothing of what no version of ours wrote", async () => {
    const minute = bundle.keys.health("m", Math.floor(base / MINUTE_MS));
    await bundle.client.hset(minute, { junk: "1", "a|b|c|d": "1", "seven-sms|49|arrived": "many" });
    const one = aProcess();
    tell(one, 1, of("missed"));
    await seen(() => expect(one.of("seven-sms", "49").recent).toMatchObject({ arrived: 0, missed: 1 }));
    expect(one.rows()).toHaveLength(1);
  });
});
