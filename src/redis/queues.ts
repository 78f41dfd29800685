import { type DefaultJobOptions, Job, type JobsOptions, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { z } from "zod";
import { priorityOf, turnClass } from "../core/fair-share.ts";
import type { JobName, Jobs } from "../flows/job-port.ts";
import type { ParkedReport } from "../flows/ports.ts";
import { createHash } from "node:crypto";
import { parseReport } from "./delivery-record.ts";
import { DAY_MS, type Keys } from "./keys.ts";
import { createLaneTurns } from "./lane-turns.ts";
import { reachable } from "./unavailable.ts";

/** What an attempt's job says, by its id alone. Dashboards show it, so it is nothing but names. */
export const attemptJobSchema = z.object({ deliveryId: z.uuid(), attempt: z.int().min(1) });
export const watchJobSchema = z.object({ deliveryId: z.uuid() });

/** A finished job must leave at once: as long as it is kept, BullMQ swallows a later one with its id. */
const GONE: DefaultJobOptions = {
  attempts: 1,
  removeOnComplete: true,
  removeOnFail: true,
};

/** A report that cannot be applied is tried for about two minutes and then kept for a look. */
const SETTLE: DefaultJobOptions = {
  attempts: 8,
  backoff: { type: "exponential", delay: 1_000, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: { age: DAY_MS / 1000, count: 1_000 },
  stackTraceLimit: 0,
};

/**
 * An alert is tried for about a day: the waits double from 5 s on. A finished one is kept that long as well, so that
 * the same alert, raised twice, is sent once.
 */
const NOTIFY: DefaultJobOptions = {
  attempts: 15,
  backoff: { type: "exponential", delay: 5_000, jitter: 0.3 },
  removeOnComplete: { age: DAY_MS / 1000, count: 1_000 },
  removeOnFail: { age: DAY_MS / 1000, count: 1_000 },
  stackTraceLimit: 0,
};

export type QueuesDeps = { client: Redis; prefix: string; routes: readonly string[] };

export type Queues = ReturnType<typeof createQueues>;

/** One lane per route, and the queues of the other flows, on one connection. */
export function createQueues({ client, prefix, routes }: QueuesDeps) {
  const make = (name: string, defaultJobOptions: DefaultJobOptions) => {
    const queue = new Queue(name, {
      connection: client,
      prefix,
      defaultJobOptions,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      streams: { events: { maxLen: 1_000 } },
    });
    // The client reports its own errors; an error event without a listener would end the process.
    queue.on("error", () => {});
    return queue;
  };
  const lanes = new Map(routes.map((route) => [route, make(route, GONE)]));
  const settle = make("settle", SETTLE);
  const watch = make("watch", GONE);
  const reconcile = make("reconcile", GONE);
  const notify = make("notify", NOTIFY);
  const all = [...lanes.values(), settle, watch, reconcile, notify];
  return {
    lanes,
    settle,
    watch,
    reconcile,
    notify,
    all,
    close: async () => void (await Promise.all(all.map((q) => q.close()))),
  };
}

function laneOf(queues: Queues, route: string): Queue {
  const lane = queues.lanes.get(route);
  if (!lane) throw new Error(`Route ${route} has no lane`);
  return lane;
}

function attemptJobId({ deliveryId, attempt }: JobName): string {
  return `${deliveryId}-${attempt}`;
}

/** @returns what a job of any queue says: its data, and for an attempt, which has none, what its id names */
export function saidBy({ id, data }: { id?: string | undefined; data: unknown }): unknown {
  const isEmpty = typeof data === "object" && data !== null && Object.keys(data).length === 0;
  const [, deliveryId, attempt] = /^([0-9a-f-]{36})-(\d+)$/.exec(id ?? "") ?? [];
  return isEmpty && deliveryId !== undefined ? { deliveryId, attempt: Number(attempt) } : data;
}

/**
 * As Queue.add does it, but its id stands nowhere else and workers know that it leaves at once: first attempts wait
 * by the thousand, and this saves 210 bytes each. Source: bullmq 6.7, Job.create.
 */
async function addFirst(lane: Queue, name: string, id: string, options: JobsOptions): Promise<void> {
  await lane.getBackend().addJob(new Job(lane, name, {}, options, id).asJSON(), id);
}

/** The lanes as the flows see them. @throws StoreUnavailable when Redis is away */
export function createJobs(queues: Queues, client: Redis, keys: Keys): Jobs {
  const turns = createLaneTurns(client, keys);
  return {
    enqueue: ({ route, deliveryId, attempt, delayMs, purpose, clientId, tag }) =>
      reachable(async () => {
        const jobId = attemptJobId({ route, deliveryId, attempt });
        const lane = laneOf(queues, route);
        const turn = turnClass(purpose, attempt);
        const delay = delayMs > 0 ? { delay: delayMs } : {};
        if (tag !== undefined) {
          return addFirst(lane, turn, jobId, { priority: priorityOf(tag, turn), ...delay });
        }
        const taken = await turns.take({ route, jobId, clientId, turn });
        if (taken === undefined) return;
        // What workers add has its data as well: beside one of 0.1.0, which reads nothing else, it is not lost.
        const options = { jobId, priority: priorityOf(taken, turn), ...delay };
        await lane.add(turn, { deliveryId, attempt }, options);
      }),
    missing: (jobs) =>
      reachable(async () => {
        const pipeline = client.pipeline();
        // A lane that left the configuration takes nothing back: its deliveries end by their deadline.
        const held = jobs.filter((job) => queues.lanes.has(job.route));
        for (const job of held) pipeline.exists(laneOf(queues, job.route).toKey(attemptJobId(job)));
        const replies = (await pipeline.exec()) ?? [];
        return held.filter((_, index) => replies[index]?.[0] === null && replies[index]?.[1] === 0);
      }),
    ahead: (job) => reachable(() => ahead(queues.lanes.get(job.route), client, attemptJobId(job))),
    remove: (job) =>
      reachable(async () => {
        await queues.lanes.get(job.route)?.remove(attemptJobId(job));
      }),
  };
}

/** What has no turn goes before all that have one. */
async function ahead(lane: Queue | undefined, client: Redis, jobId: string): Promise<number | undefined> {
  if (!lane) return undefined;
  const asked = client.pipeline().zrank(lane.toKey("prioritized"), jobId).llen(lane.toKey("wait"));
  const [rank, first] = ((await asked.exec()) ?? []).map(([fault, reply]) => {
    if (fault) throw fault;
    return reply;
  });
  return typeof rank === "number" ? rank + Number(first ?? 0) : undefined;
}

/** Reports go through the `settle` queue: verified and durable first, applied by a worker. */
export function createReportQueue(queues: Queues) {
  return (entry: ParkedReport): Promise<void> =>
    reachable(async () => {
      await queues.settle.add("report", entry, { jobId: reportJobId(entry) });
    });
}

/** The same report a thousand times is one job while it waits. Never all digits and free of colons. */
function reportJobId({ provider, report }: ParkedReport): string {
  const { providerMessageId, reference, status, said, isRefunded } = report;
  const text = JSON.stringify([provider, providerMessageId, reference, status, said, isRefunded]);
  return `r-${createHash("sha256").update(text).digest("base64url").slice(0, 22)}`;
}

/** @returns undefined for a job that no version of ours wrote */
export function parseReportJob(data: unknown): ParkedReport | undefined {
  const entry = z.object({ provider: z.string().max(40), report: z.unknown() }).safeParse(data);
  const report = entry.success ? parseReport(entry.data.report) : undefined;
  return entry.success && report ? { provider: entry.data.provider, report } : undefined;
}
