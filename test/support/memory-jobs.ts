import type { Purpose } from "../../src/core/delivery.ts";
import { nextTag, priorityOf, rankOf, turnClass } from "../../src/core/fair-share.ts";
import type { JobName, Jobs, NewJob } from "../../src/flows/job-port.ts";

export type MemoryJob = JobName & { readyAt: number; purpose: Purpose; active: boolean; turn: Turn };

type Turn = { tag: number; priority: number; rank: number };
type Tags = { now: number; last: Map<string, number> };

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

/** The turn of a new job, as Redis gives it. */
function turnOf({ purpose, attempt, clientId }: NewJob, tags: Tags, waiting: number): Turn {
  const turn = turnClass(purpose, attempt);
  const rank = rankOf(turn);
  const last = Math.max(
    -1,
    ...Array.from({ length: rank + 1 }, (_, r) => tags.last.get(`${r}:${clientId}`) ?? -1),
  );
  const tag = nextTag({ now: tags.now, last, waiting });
  tags.last.set(`${rank}:${clientId}`, tag);
  return { tag, priority: priorityOf(tag, turn), rank };
}

/** Lanes as BullMQ keeps them: an id that is there already is swallowed, a running job stays. */
export function createMemoryJobs({ now, routes, onAdded }: MemoryJobsOptions): MemoryJobs {
  const lanes = new Map(routes.map((route) => [route, new Map<string, MemoryJob>()]));
  const tags = new Map<string, Tags>(routes.map((route) => [route, { now: 0, last: new Map() }]));
  const inTurn = (route: string) =>
    [...(lanes.get(route)?.values() ?? [])]
      .filter((j) => !j.active && j.readyAt <= now())
      .toSorted((a, b) => a.turn.priority - b.turn.priority);
  return {
    enqueue: async (given) => {
      const { delayMs, clientId: _, ...job } = given;
      const lane = lanes.get(job.route);
      if (!lane) throw new Error(`Route ${job.route} has no lane`);
      if (lane.has(jobId(job))) return;
      const waiting = [...lane.values()].filter((j) => !j.active && j.readyAt <= now()).length;
      const turn = turnOf(given, tags.get(job.route)!, waiting);
      const added = { ...job, readyAt: now() + delayMs, active: false, turn };
      lane.set(jobId(job), added);
      onAdded?.(added);
    },
    missing: async (jobs) =>
      jobs.filter((job) => lanes.has(job.route) && !lanes.get(job.route)?.has(jobId(job))),
    ahead: async (job) => {
      const place = inTurn(job.route).findIndex((held) => jobId(held) === jobId(job));
      return place < 0 ? undefined : place;
    },
    remove: async (job) => {
      const held = lanes.get(job.route)?.get(jobId(job));
      if (held && !held.active) lanes.get(job.route)?.delete(jobId(job));
    },
    held: () => [...lanes.values()].flatMap((lane) => [...lane.values()]),
    take: (route) => {
      const [first] = inTurn(route);
      const turns = tags.get(route);
      if (!first || !turns) return undefined;
      first.active = true;
      turns.now = Math.max(turns.now, first.turn.tag);
      return first;
    },
    finish: (job) => void lanes.get(job.route)?.delete(jobId(job)),
  };
}

function jobId({ deliveryId, attempt }: JobName): string {
  return `${deliveryId}-${attempt}`;
}
