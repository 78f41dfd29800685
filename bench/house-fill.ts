import type { Redis } from "ioredis";
import { FIGURE_TABLES, type AddedBucket, type createFigureStore } from "../src/redis/figure-store.ts";
import type { DeliveryStore } from "../src/flows/ports.ts";
import type { Msisdn } from "../src/core/phone.ts";
import { CLIENTS, instants, made, type Made, numberOf } from "./house-deliveries.ts";
import type { Progress } from "./progress.ts";

/** Writes what the house is measured on, with the product's own scripts and encodings. */

const IN_FLIGHT = 400;
const SAY_EVERY_MS = 10_000;
/** A help desk's regular customer, and how often he logged in. */
export const REGULAR = "+491599999999" as Msisdn;
export const REGULAR_DELIVERIES = 40;

export type Fill = { store: DeliveryStore; client: Redis; count: number; now: number; say: Progress };

export async function fillDeliveries({ store, count, now, say }: Fill): Promise<void> {
  const startedMs = performance.now();
  let [written, saidMs] = [0, startedMs];
  const told = () => {
    written += 1;
    if (performance.now() - saidMs < SAY_EVERY_MS) return;
    saidMs = performance.now();
    const perSecond = written / ((saidMs - startedMs) / 1_000);
    const left = Math.round((count - written) / perSecond);
    say(`house  ${written} of ${count} deliveries written, ${Math.round(perSecond)}/s, ${left} s left`);
  };
  const all = makeAll(count, now);
  const writer = async () => {
    for (const one of all) {
      await write(store, one);
      told();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, writer));
}

function* makeAll(count: number, now: number): Generator<Made> {
  let n = 0;
  const regularEvery = Math.max(1, Math.floor(count / REGULAR_DELIVERIES));
  for (const at of instants(count, now)) {
    const isRegular = n % regularEvery === 0 && n < regularEvery * REGULAR_DELIVERIES;
    yield made(n, at, isRegular ? REGULAR : numberOf(n, count));
    n += 1;
  }
}

async function write(store: DeliveryStore, { entry, ended, binds }: Made): Promise<void> {
  const created = await store.create(entry);
  if (created.kind !== "created") throw new Error(`A delivery was not taken on: ${created.kind}`);
  const from = { delivery: entry.delivery, version: 1 };
  const saved = await store.save({ from, to: ended, dueAt: undefined, binds });
  if (saved.kind !== "saved") throw new Error(`A delivery was not stored: ${saved.kind}`);
}

/** Codes that wait, so that the overview has something to look through. */
export async function fillWaiting(store: DeliveryStore, count: number, after: number): Promise<void> {
  const now = Date.now();
  for (let n = 0; n < count; n++) {
    const number = `+491588${String(1_000_000 + n)}` as Msisdn;
    await store.create(made(after + n, now - (n % 30) * 1_000, number).entry);
  }
}

const MINUTES = 25 * 60;
const HOURS = 400 * 24;
const COUNTRIES = 15;

/** Every minute of 25 h and every hour of 400 days, with all routes, clients and countries busy in each. */
export async function fillFigures(store: ReturnType<typeof createFigureStore>, now: number): Promise<void> {
  const numbers = [
    ...range(MINUTES, Math.floor(now / 60_000)).map((number) => ({ of: "m" as const, number })),
    ...range(HOURS, Math.floor(now / 3_600_000)).map((number) => ({ of: "h" as const, number })),
  ];
  for (let from = 0; from < numbers.length; from += 100) {
    const buckets = numbers.slice(from, from + 100).map((bucket) => ({ bucket, tables: busyTables() }));
    await store.add(`bench-${from}`, buckets);
  }
}

function range(count: number, last: number): number[] {
  return Array.from({ length: count }, (_, i) => last - i);
}

function busyTables(): AddedBucket["tables"] {
  const names = {
    all: [""],
    route: ["seven-sms", "telegram-gateway", "second-sms"],
    client: Array.from({ length: CLIENTS }, (_, i) => `cloud-${i}`),
    country: Array.from({ length: COUNTRIES }, (_, i) => String(30 + i)),
  };
  return new Map(
    FIGURE_TABLES.map((table) => [table, new Map(names[table].map((name) => [name, busySums(table)]))]),
  );
}

function busySums(table: (typeof FIGURE_TABLES)[number]): Map<string, number> {
  if (table === "route") return sumsOf(["calls", "accepted", "arrived", "missed", "c:EUR"], ["a", "d"], 6);
  const sums = [
    "accepted",
    "sent",
    "firstAccepts",
    "delivered",
    "verified",
    "expired",
    "unconfirmed",
    "c:EUR",
  ];
  return sumsOf(table === "country" ? sums.slice(0, 4) : sums, ["h"], 9);
}

function sumsOf(names: readonly string[], histograms: readonly string[], buckets: number) {
  const cells = histograms.flatMap((prefix) => range(buckets, buckets).map((i) => `${prefix}${i}`));
  return new Map([...names, ...cells].map((name) => [name, 1_234]));
}
