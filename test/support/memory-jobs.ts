import type { Purpose } from "../../src/core/delivery.ts";
import type { JobName, Jobs } from "../../src/flows/ports.ts";

export type MemoryJob = JobName & { readyAt: number; purpose: Purpose; active: boolean };

export type MemoryJobs = Jobs & {
  /** What the lanes hold, oldest first. */
  held: () => MemoryJob[];
  /** Makes a waiting job run; undefined when its lane holds none that is ready. */
  take: (route: string) => MemoryJob | undefined;
  /** A taken job is over, in one way or the other. */
  finish: (job: JobName) => void;
};

export type MemoryJobsOptions = {
  now: () => number;
  routes: readonly string[];
  onAdded?: ((job: MemoryJob) => void) | undefined;
};

/** Lanes as BullMQ keeps them: an id that is there already is swallowed, a running job stays. */
export function createMemoryJobs({ now, routes, onAdded }: MemoryJobsOptions): MemoryJobs {
  const lanes = new Map(routes.map((route) => [route, new Map<string, MemoryJob>()]));
  return {
    enqueue: async ({ delayMs, ...job }) => {
      const lane = lanes.get(job.route);
      if (!lane) throw new Error(`Route ${job.route} has no lane`);
      if (lane.has(jobId(job))) return;
      const added = { ...job, readyAt: now() + delayMs, active: false };
      lane.set(jobId(job), added);
      onAdded?.(added);
    },
    missing: async (jobs) =>
      jobs.filter((job) => lanes.has(job.route) && !lanes.get(job.route)?.has(jobId(job))),
    remove: async (job) => {
      const held = lanes.get(job.route)?.get(jobId(job));
      if (held && !held.active) lanes.get(job.route)?.delete(jobId(job));
    },
    held: () => [...lanes.values()].flatMap((lane) => [...lane.values()]),
    take: (route) => {
      const waiting = [...(lanes.get(route)?.values() ?? [])].find((j) => !j.active && j.readyAt <= now());
      if (waiting) waiting.active = true;
      return waiting;
    },
    finish: (job) => void lanes.get(job.route)?.delete(jobId(job)),
  };
}

function jobId({ deliveryId, attempt }: JobName): string {
  return `${deliveryId}-${attempt}`;
}
