import { join } from "node:path";
import type { BenchOptions } from "./arguments.ts";
import type { Child } from "./child.ts";
import { metered } from "./cpu.ts";
import { type Figures, series } from "./figures.ts";
import { closedLoop, openLoop } from "./load/loops.ts";
import type { Target } from "./load/request.ts";
import { atLeast, type BenchResult, ratio } from "./result.ts";
import type { FloorInput } from "./roles/floor.ts";
import type { FullInput, FullOutput } from "./roles/full.ts";
import type { Stage } from "./stage.ts";
import { figure } from "./table.ts";

const [FULL, VALIDATES, ADDS_JOB] = ["otpost, full accept", "validates only", "validates + queue.add"];
const FIGURE = "requests/s";
/** Of what a server does that only validates and adds one job. */
const AIM = 0.5;

const LONG = { connections: 64, warmUpMs: 1_000, closedMs: 4_000, perSecond: 1_000, openMs: 2_000 };
const SHORT = { ...LONG, warmUpMs: 200, closedMs: 500, openMs: 300 };

/** How many codes are taken on, against servers that do nearly nothing. */
export async function benchIntake(stage: Stage, options: BenchOptions): Promise<BenchResult> {
  const settings = options.short ? SHORT : LONG;
  const servers = await startServers(stage, options);
  await stage.redis.remember();
  const runs = new Map<string, Figures[]>([...servers.keys()].map((name) => [name, []]));
  for (let run = 1; run <= options.runs; run++) {
    for (const [name, server] of servers) {
      const figures = await measure(stage, server, settings);
      runs.get(name)?.push(figures);
      stage.say(`intake ${run}/${options.runs}  ${name}: ${figure(figures[FIGURE] ?? 0)} ${FIGURE}`);
    }
  }
  const variants = Object.fromEntries([...runs].map(([name, measured]) => [name, series(measured)]));
  const toJob = ratio(variants, { of: FULL, to: ADDS_JOB, figure: FIGURE });
  return {
    bench: "intake",
    settings: {
      connections: settings.connections,
      "closed loop ms": settings.closedMs,
      "open loop ms": settings.openMs,
      LOG_LEVEL: options.logLevel,
      appendfsync: "everysec",
    },
    variants,
    ratios: [toJob, ratio(variants, { of: FULL, to: VALIDATES, figure: FIGURE })],
    aims: [atLeast(`${FULL} to ${ADDS_JOB}`, toJob.median, AIM)],
  };
}

type Server = { child: Child; target: Target };

async function startServers(stage: Stage, { logLevel }: BenchOptions): Promise<Map<string, Server>> {
  const { address: redis, folder } = stage.redis;
  const floor = async (addsJob: boolean): Promise<Server> => {
    const input: FloorInput = { redis, addsJob };
    const child = stage.start("floor");
    const { url } = await child.ask<{ url: string }>("start", input);
    return { child, target: { url, apiKey: target.apiKey } };
  };
  // No worker runs, so nothing is ever sent to the address of the twin.
  const input: FullInput = {
    redis,
    dataDir: join(folder, "intake"),
    logLevel,
    sevenUrl: "http://127.0.0.1:9",
  };
  const full = stage.start("full");
  const target = await full.ask<FullOutput>("start", input);
  return new Map([
    [FULL, { child: full, target }],
    [VALIDATES, await floor(false)],
    [ADDS_JOB, await floor(true)],
  ]);
}

async function measure(stage: Stage, server: Server, settings: typeof LONG): Promise<Figures> {
  const { connections, warmUpMs, closedMs, perSecond, openMs } = settings;
  const { child, target } = server;
  await stage.redis.restore();
  await closedLoop(target, { connections, forMs: warmUpMs });
  const { value, cpu } = await metered(stage, child, () =>
    closedLoop(target, { connections, forMs: closedMs }),
  );
  const { answered, figures } = value;
  await stage.redis.restore();
  const open = await openLoop(target, { connections, perSecond, forMs: openMs });
  return { ...figures, ...cpu(answered), ...open };
}
