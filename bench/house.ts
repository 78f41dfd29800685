import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { createVault, derivedKeys } from "../src/platform/secret.ts";
import { createClientAdmin } from "../src/redis/client-admin.ts";
import { createDeliveryStore } from "../src/redis/delivery-store.ts";
import { createFigureStore } from "../src/redis/figure-store.ts";
import { createKeys } from "../src/redis/keys.ts";
import type { BenchOptions } from "./arguments.ts";
import { CLIENTS } from "./house-deliveries.ts";
import { fillDeliveries, fillFigures, fillWaiting } from "./house-fill.ts";
import { type HouseReads, readHouse } from "./house-reads.ts";
import { commandCalls, usedMemoryBytes } from "./redis.ts";
import { atMost, type BenchResult } from "./result.ts";
import type { Stage } from "./stage.ts";

const SHORT = 5_000;
const USUAL = 1_500_000;
const WAITING = 3_000;
const [FIND_P95_MS, OVERVIEW_P95_MS] = [100, 300];
/** What a code's text is known by ends so long after it was written; then only what stays is left. */
const TEXTS_GONE_MS = 65_000;
const MIB = 1_048_576;

/** What operators read, over three days of a large site. */
export async function benchHouse(stage: Stage, options: BenchOptions): Promise<BenchResult> {
  const count = options.deliveries ?? (options.short ? SHORT : USUAL);
  const { client } = stage.redis;
  // Of the writing nothing is measured, and the log of it would fill the disk with what is thrown away.
  await client.config("SET", "appendonly", "no");
  const house = await createHouse(stage);
  try {
    const memory = await fill(stage, house, count, options.short);
    await client.config("RESETSTAT");
    const reads = await readHouse({ ...house, count, short: options.short, say: stage.say });
    return resultOf({ count, memory, reads, calls: await commandCalls(client) });
  } finally {
    house.client.disconnect();
    await client.config("SET", "appendonly", "yes");
  }
}

export type House = Awaited<ReturnType<typeof createHouse>>;

/** The product's stores, on a connection of their own. */
async function createHouse(stage: Stage) {
  const client = new Redis(stage.redis.address);
  const keys = createKeys("{otpost}");
  const data = derivedKeys(randomBytes(32));
  const vault = { ...createVault(() => data), refresh: async () => undefined };
  // A limit that nobody reaches: its counters lie in memory as they do on a real site.
  const limits = { per10Min: 0, perDay: 1_000_000 };
  const admin = createClientAdmin({ client, keys, now: Date.now });
  for (let i = 0; i < CLIENTS; i++) {
    await admin.add({ id: `cloud-${i}`, name: `Cloud ${i}`, region: "DE", telegramConsentBy: undefined });
  }
  const store = createDeliveryStore({ client, keys, vault, limits });
  return { client, keys, vault, store, admin, figures: createFigureStore(client, keys) };
}

type Memory = { perDelivery: number; deliveriesMib: number; figuresMib: number };

async function fill(stage: Stage, house: House, count: number, short: boolean): Promise<Memory> {
  const { client } = stage.redis;
  const { store, figures } = house;
  const empty = await usedMemoryBytes(client);
  await fillDeliveries({ store, client: house.client, count, now: Date.now(), say: stage.say });
  if (!short) {
    stage.say(`house  waiting ${TEXTS_GONE_MS / 1_000} s until only what stays is left`);
    await new Promise((resolve) => setTimeout(resolve, TEXTS_GONE_MS));
  }
  const filled = await usedMemoryBytes(client);
  await fillFigures(figures, Date.now());
  const all = await usedMemoryBytes(client);
  await fillWaiting(store, short ? 100 : WAITING, count);
  return {
    perDelivery: (filled - empty) / count,
    deliveriesMib: (filled - empty) / MIB,
    figuresMib: (all - filled) / MIB,
  };
}

function resultOf({
  count,
  memory,
  reads,
  calls,
}: {
  count: number;
  memory: Memory;
  reads: HouseReads;
  calls: Map<string, number>;
}): BenchResult {
  const p95 = (name: string) => reads[name]?.median["p95 ms"] ?? Number.NaN;
  const finds = Object.keys(reads).filter((name) => name.startsWith("find"));
  const scans = [...calls].filter(([name]) => /^(keys|s?h?z?scan)$/.test(name));
  return {
    bench: "house",
    settings: {
      deliveries: count,
      "MiB of them": Math.round(memory.deliveriesMib),
      "bytes each": Math.round(memory.perDelivery),
      "MiB of figures": Math.round(memory.figuresMib),
      clients: CLIENTS,
      commands: [...calls].map(([name, n]) => `${name} ${n}`).join(", "),
    },
    variants: reads,
    ratios: [],
    aims: [
      ...finds.map((name) => atMost(`${name}, p95 ms,`, p95(name), FIND_P95_MS)),
      atMost("overview, p95 ms,", p95("overview"), OVERVIEW_P95_MS),
      atMost(
        "calls of KEYS and SCAN while reading",
        scans.reduce((sum, [, n]) => sum + n, 0),
        0,
      ),
    ],
  };
}
