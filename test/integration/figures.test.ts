import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BalanceReading } from "../../src/core/balance.ts";
import type { FigureNote } from "../../src/core/figures.ts";
import { readAll } from "../../src/balance-watch.ts";
import { createBalances } from "../../src/redis/balances.ts";
import { createFigureRecorder, type RunningFigures } from "../../src/redis/figure-recorder.ts";
import { createFigureStore } from "../../src/redis/figure-store.ts";
import { createFigures } from "../../src/redis/figures.ts";
import { aRedisBundle, type RedisBundle } from "../support/redis-bundle.ts";
import { aChange, aNewDelivery, keysUnder } from "../support/store-bundle.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A Tuesday, a little after nine. */
const NINE = Date.parse("2026-11-24T09:05:30Z");

let bundle: RedisBundle;
let at: number;
let running: RunningFigures[];
beforeEach(() => {
  bundle = aRedisBundle();
  at = NINE;
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.close()));
  await bundle.close();
});

function aRecorder(store = createFigureStore(bundle.client, bundle.keys)): RunningFigures {
  const one = createFigureRecorder(store, () => at);
  running.push(one);
  return one;
}

function aReader(balances = new Map<string, BalanceReading[]>()) {
  const { client, keys } = bundle;
  return createFigures({
    client,
    keys,
    store: createFigureStore(client, keys),
    lanes: async () => [],
    clients: async () => [{ id: "cloud", limits: { spendMicros: 1_000_000, perDay: 500 } }, { id: "free" }],
    balances: async () => balances,
    now: () => at,
  });
}

const taken = (clientId: string, country = "49"): FigureNote => ({
  all: true,
  clientId,
  country,
  sums: [["accepted", 1]],
});
const tell = async (notes: readonly FigureNote[]) => {
  const recorder = aRecorder();
  recorder.observe(notes);
  await recorder.close();
};

describe("figures", () => {
  test("of several processes add up, by minute and hour, client and country", async () => {
    await Promise.all([tell([taken("cloud"), taken("free", "43")]), tell([taken("cloud")])]);
    const reader = aReader();
    const series = await reader.series({ span: "1h" });
    expect(series.map((p) => p.accepted)).toEqual([...Array.from({ length: 59 }, () => 0), 3]);
    expect(series.at(-1)).toMatchObject({ at: NINE - 30_000, forMs: MINUTE_MS });
    for (const span of ["24h", "7d"] as const)
      expect((await reader.series({ span })).at(-1)?.accepted).toBe(3);
    expect(await reader.shares("client", "1h")).toMatchObject([
      { name: "cloud", accepted: 2 },
      { name: "free", accepted: 1 },
    ]);
    expect(await reader.shares("country", "7d")).toMatchObject([{ name: "49" }, { name: "43" }]);
  });

  test("tell which provider was slow at 09:05, still in the evening", async () => {
    const slow: FigureNote = {
      route: "seven-sms",
      sums: [
        ["accepted", 4],
        ["a6", 4],
        ["arrived", 4],
        ["d9", 4],
      ],
    };
    const quick: FigureNote = {
      route: "second-sms",
      sums: [
        ["accepted", 4],
        ["a0", 4],
        ["arrived", 4],
        ["d2", 4],
      ],
    };
    await tell([slow, quick]);
    at = NINE + 10 * HOUR_MS;
    await tell([
      {
        ...slow,
        sums: [
          ["accepted", 1],
          ["a0", 1],
        ],
      },
    ]);
    const from = NINE - 5 * MINUTE_MS;
    const p95 = async (route: string) =>
      (await aReader().routeSeries(route, "1h", from)).map((p) => p.toAccepted?.p95Ms ?? 0).filter(Boolean);
    expect(await p95("seven-sms")).toEqual([4_900]);
    expect(await p95("second-sms")).toEqual([95]);
    expect((await aReader().routes("24h"))[0]).toMatchObject({ name: "seven-sms", accepted: 5 });
  });

  test("tell what a client cost yesterday", async () => {
    await tell([{ all: true, clientId: "cloud", route: "seven-sms", sums: [["c:EUR", 75_000]] }]);
    at = NINE - 9 * HOUR_MS - 6 * MINUTE_MS;
    await tell([{ all: true, clientId: "cloud", sums: [["c:EUR", 1]] }]);
    at = NINE + 24 * HOUR_MS;
    const reader = aReader();
    expect((await reader.clientDay("cloud", "2026-11-24"))?.cost).toEqual({ EUR: 75_000 });
    expect((await reader.clientDay("cloud", "2026-11-25"))?.cost).toEqual({});
    expect((await reader.clientDay("free", "2026-11-24"))?.cost).toEqual({});
    expect(await reader.clientDay("cloud", "2026-13-45")).toBeUndefined();
    const days = await reader.clientSeries("cloud", "7d");
    expect(days.reduce((sum, point) => sum + (point.cost["EUR"] ?? 0), 0)).toBe(75_001);
  });

  test("that were told and not acknowledged are told again and count once", async () => {
    const store = createFigureStore(bundle.client, bundle.keys);
    let told = 0;
    const recorder = aRecorder({
      ...store,
      add: async (batch, buckets) => {
        await store.add(batch, buckets);
        told += 1;
        if (told === 1) throw new Error("The answer got lost");
      },
    });
    recorder.observe([taken("cloud")]);
    await expect.poll(() => told, { timeout: 5_000 }).toBe(2);
    recorder.observe([taken("cloud")]);
    await recorder.close();
    expect(told).toBe(3);
    expect((await aReader().series({ span: "1h" })).at(-1)?.accepted).toBe(2);
  });

  test("are bounded: many made-up countries share a row, and every key ends", async () => {
    await tell(Array.from({ length: 300 }, (_, i) => taken("cloud", `${i}`)));
    const countries = await aReader().shares("country", "1h");
    expect(countries).toHaveLength(101);
    expect(countries[0]).toMatchObject({ name: "other", accepted: 200 });
    for (const key of await keysUnder(bundle.client, `${bundle.keys.prefix}:fig`)) {
      const left = await bundle.client.pttl(key);
      const most = key.includes(":fig:h:") ? 400 * 24 * HOUR_MS : 25 * HOUR_MS;
      expect(left, key).toBeGreaterThan(0);
      expect(left, key).toBeLessThanOrEqual(most);
    }
  });
});

describe("the overview", () => {
  test("tells what ends soon and was taken by nobody", async () => {
    at = Date.now();
    const { store } = bundle;
    const soon = { createdAt: at - 250_000, expiresAt: at + 50_000 };
    for (const delivery of [soon, soon, {}]) await store.create(aNewDelivery({ delivery }));
    const sent = aNewDelivery({ delivery: soon });
    await store.create(sent);
    for (const step of ["intended", "accepted"] as const) {
      await store.save(aChange((await store.load(sent.delivery.id))!, step));
    }
    const over = { createdAt: at - 400_000, expiresAt: at - 100_000 };
    await store.create(aNewDelivery({ delivery: over }));
    expect((await aReader().overview()).expiringSoon).toEqual({ count: 2, atLeast: false });
  });

  test("tells spend against the cap, balances, and the last hour", async () => {
    await tell([taken("cloud"), { all: true, clientId: "free", sums: [["c:USD", 5]] }]);
    const { client, keys } = bundle;
    await client.hset(keys.clientDay("cloud", `${Math.floor(at / 86_400_000)}`), "n", 1, "m", 250_000);
    const readings = [100, 90].map((micros, i) => ({ at: at - (2 - i) * HOUR_MS, micros, currency: "EUR" }));
    const overview = await aReader(new Map([["seven", readings]])).overview();
    expect(overview.spend).toEqual([
      {
        clientId: "cloud",
        deliveries: 1,
        cost: {},
        cap: { spentMicros: 250_000, capMicros: 1_000_000 },
        perDay: 500,
      },
      { clientId: "free", deliveries: 0, cost: { USD: 5 } },
    ]);
    expect(overview.balances).toMatchObject([{ account: "seven", micros: 90, daysLeft: 90 / 240 }]);
    expect(overview.hour.accepted).toBe(1);
    expect(overview.today.cost).toEqual({ USD: 5 });
  });
});

describe("balances", () => {
  test("are read by one process at a time, and kept in order", async () => {
    const balances = createBalances(bundle.client, bundle.keys);
    const reads: string[] = [];
    const account = (name: string, micros?: number) => ({
      account: name,
      read: async () => {
        reads.push(name);
        return micros === undefined ? undefined : { micros, currency: "EUR" };
      },
    });
    const deps = { balances, accounts: () => [account("seven", 5), account("mute")], now: () => at };
    await Promise.all([readAll(deps), readAll(deps)]);
    expect(reads).toEqual(["seven", "mute"]);
    await balances.note("seven", { at: at + 1, micros: 4, currency: "EUR" });
    await balances.note("seven", { at: at + 2, micros: 4, currency: "<b>" });
    expect([...(await balances.history(["seven", "mute"]))]).toEqual([
      [
        "seven",
        [
          { at, micros: 5, currency: "EUR" },
          { at: at + 1, micros: 4, currency: "EUR" },
        ],
      ],
    ]);
    expect(await bundle.client.pttl(bundle.keys.balances("seven"))).toBeGreaterThan(7 * 24 * HOUR_MS);
  });
});
