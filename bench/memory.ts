import { join } from "node:path";
import type { Redis } from "ioredis";
import type { BenchOptions } from "./arguments.ts";
import { type Figures, series } from "./figures.ts";
import { closedLoop } from "./load/loops.ts";
import { nextNumber } from "./load/request.ts";
import { atMost, type BenchResult } from "./result.ts";
import type { FullInput, FullOutput } from "./roles/full.ts";
import { usedMemoryBytes } from "./redis.ts";
import type { Stage } from "./stage.ts";

const VARIANT = "otpost";
const BYTES = "bytes of Redis per waiting delivery";
const TRIPS = "Redis round trips per accept";
const [BYTES_MAX, TRIPS_MAX] = [2_048, 3];

/** What a delivery that waits costs Redis, and how often an accept goes there. */
export async function benchMemory(stage: Stage, options: BenchOptions): Promise<BenchResult> {
  const waiting = options.short ? 1_000 : 10_000;
  const { address: redis, folder, client } = stage.redis;
  const full = stage.start("full");
  const { logLevel } = options;
  const input: FullInput = {
    redis,
    dataDir: join(folder, "memory"),
    logLevel,
    sevenUrl: "http://127.0.0.1:9",
  };
  const target = await full.ask<FullOutput>("start", input);
  await stage.redis.remember();
  const runs: Figures[] = [];
  for (let run = 1; run <= options.runs; run++) {
    await stage.redis.restore();
    const before = await usedMemoryBytes(client);
    await full.ask("accept", Array.from({ length: waiting }, nextNumber));
    const bytes = ((await usedMemoryBytes(client)) - before) / waiting;
    await stage.redis.restore();
    const trips = await roundTrips(client, target, options.short ? 200 : 1_000);
    runs.push({ [BYTES]: bytes, [TRIPS]: trips });
    stage.say(`memory ${run}/${options.runs}  ${Math.round(bytes)} bytes, ${trips.toFixed(2)} round trips`);
  }
  const measured = series(runs);
  return {
    bench: "memory",
    settings: { waiting },
    variants: { [VARIANT]: measured },
    ratios: [],
    aims: [
      atMost(BYTES, measured.median[BYTES] ?? Number.NaN, BYTES_MAX),
      atMost(TRIPS, measured.median[TRIPS] ?? Number.NaN, TRIPS_MAX),
    ],
  };
}

/** Commands that a client sent, over requests answered; what a script does inside Redis is no round trip. */
async function roundTrips(client: Redis, target: FullOutput, forMs: number): Promise<number> {
  const monitor = await client.monitor();
  let commands = 0;
  monitor.on("monitor", (_time: string, args: string[], source: string) => {
    if (source !== "lua" && args[0]?.toLowerCase() !== "client") commands += 1;
  });
  try {
    const { answered } = await closedLoop(target, { connections: 4, forMs });
    return commands / answered;
  } finally {
    monitor.disconnect();
  }
}
