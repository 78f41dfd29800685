import { join } from "node:path";
import type { BenchOptions } from "./arguments.ts";
import type { Child } from "./child.ts";
import { metered } from "./cpu.ts";
import { type Figures, series } from "./figures.ts";
import { nextNumber } from "./load/request.ts";
import { atLeast, type BenchResult, ratio } from "./result.ts";
import type { FullInput, FullOutput } from "./roles/full.ts";
import type { PlainInput } from "./roles/plain.ts";
import type { Reports } from "./roles/twin.ts";
import type { Stage } from "./stage.ts";
import { figure } from "./table.ts";

const [FULL, FULL_REPORTS, PLAIN] = ["otpost", "otpost, 3 reports each", "plain worker"];
const FIGURE = "deliveries/s";
/** Of what a worker does that only posts. */
const AIM = 0.4;
/** As the lane of seven has it. */
const CONCURRENCY = 64;
const WARM_UP = 1_000;
/** Every delivery brings three more requests and three more jobs, so fewer of them take as long. */
const REPORTED_SHARE = 1 / 8;
const POLL_MS = 5;

type Variant = {
  name: string;
  worker: Child;
  lane: string;
  reports: Reports;
  isDone: () => Promise<boolean>;
};

/** How fast a queue is drained through the seven twin, against a worker without record, doubt and secrecy. */
export async function benchDeliver(stage: Stage, options: BenchOptions): Promise<BenchResult> {
  const jobs = options.short ? 500 : 20_000;
  const twin = stage.start("twin");
  const variants = await startVariants(stage, twin, options);
  await stage.redis.remember();
  for (const variant of variants) await drain(stage, twin, variant, Math.min(WARM_UP, jobs));
  const runs = new Map<string, Figures[]>(variants.map(({ name }) => [name, []]));
  for (let run = 1; run <= options.runs; run++) {
    for (const variant of variants) {
      const share = variant.reports === "none" ? 1 : REPORTED_SHARE;
      const figures = await drain(stage, twin, variant, Math.round(jobs * share));
      runs.get(variant.name)?.push(figures);
      stage.say(`deliver ${run}/${options.runs}  ${variant.name}: ${figure(figures[FIGURE] ?? 0)} ${FIGURE}`);
    }
  }
  const measured = Object.fromEntries([...runs].map(([name, each]) => [name, series(each)]));
  const toPlain = ratio(measured, { of: FULL, to: PLAIN, figure: FIGURE });
  return {
    bench: "deliver",
    settings: {
      jobs,
      "jobs with reports": Math.round(jobs * REPORTED_SHARE),
      concurrency: CONCURRENCY,
      LOG_LEVEL: options.logLevel,
      appendfsync: "everysec",
    },
    variants: measured,
    ratios: [toPlain, ratio(measured, { of: FULL_REPORTS, to: PLAIN, figure: FIGURE })],
    aims: [atLeast(`${FULL} to ${PLAIN}`, toPlain.median, AIM)],
  };
}

async function startVariants(stage: Stage, twin: Child, { logLevel }: BenchOptions): Promise<Variant[]> {
  const { address: redis, folder, client } = stage.redis;
  const { url: sevenUrl } = await twin.ask<{ url: string }>("start");
  const [full, plain] = [stage.start("full"), stage.start("plain")];
  const fullInput: FullInput = { redis, dataDir: join(folder, "deliver"), logLevel, sevenUrl };
  const { reportUrl } = await full.ask<FullOutput>("start", fullInput);
  const plainInput: PlainInput = { redis, sevenUrl, concurrency: CONCURRENCY };
  await plain.ask("start", plainInput);
  await registerHook(sevenUrl, reportUrl);
  const emptyLane = (lane: string) => async () => {
    const [waiting, prioritized, active] = await Promise.all([
      client.llen(`${lane}:wait`),
      client.zcard(`${lane}:prioritized`),
      client.llen(`${lane}:active`),
    ]);
    return waiting + prioritized + active === 0;
  };
  const [lane, plainLane] = ["{otpost}:seven-sms", "{plain}:plain"];
  const everyReport = async () => {
    const [open, accepted] = await Promise.all([client.zcard("{otpost}:open"), emptyLane(lane)()]);
    return open === 0 && accepted;
  };
  return [
    { name: FULL, worker: full, lane, reports: "none", isDone: emptyLane(lane) },
    { name: FULL_REPORTS, worker: full, lane, reports: "normal", isDone: everyReport },
    { name: PLAIN, worker: plain, lane: plainLane, reports: "none", isDone: emptyLane(plainLane) },
  ];
}

/** As an operator does it at seven. Source: docs.seven.io, webhooks. */
async function registerHook(sevenUrl: string, target: string): Promise<void> {
  const answer = await fetch(`${sevenUrl}/api/hooks`, {
    method: "POST",
    headers: { "x-api-key": "bench", "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ target_url: target, event_type: "dlr", request_method: "JSON" }),
  });
  if (!answer.ok) throw new Error("The twin did not take the report hook");
}

/** @throws unless the twin took every message exactly once */
async function drain(stage: Stage, twin: Child, variant: Variant, jobs: number): Promise<Figures> {
  const { worker, reports, isDone, name } = variant;
  await stage.redis.restore();
  await twin.ask("reports", reports);
  await twin.ask("taken");
  await worker.ask("accept", Array.from({ length: jobs }, nextNumber));
  const { value: tookMs, cpu } = await metered(stage, worker, async () => {
    const startedAt = performance.now();
    await worker.ask("work");
    while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    return performance.now() - startedAt;
  });
  await worker.ask("rest");
  const taken = await twin.ask<number>("taken");
  if (taken !== jobs) throw new Error(`${name}: the twin took ${taken} messages instead of ${jobs}`);
  return { [FIGURE]: (jobs * 1000) / tookMs, ...cpu(jobs) };
}
