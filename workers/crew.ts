import type { Redis } from "ioredis";
import type { FlowDeps } from "../src/flows/ports.ts";
import type { ForwardEvents } from "../src/redis/event-outbox.ts";
import { createKeys } from "../src/redis/keys.ts";
import type { Queues } from "../src/redis/queues.ts";
import { createLaneTurns } from "../src/redis/lane-turns.ts";
import { attemptHandler } from "./attempt.ts";
import { createLane, type Lane, type LaneSettings } from "./lane.ts";
import { type NotifyDeps, notifyHandler } from "./notify.ts";
import { reconcileHandler, scheduleReconcile } from "./reconcile.ts";
import { settleHandler } from "./settle.ts";
import { sweep, watchHandler } from "./watch.ts";

const SWEEP_EVERY_MS = 500;
/** Calls to clients and operators wait for others, each endpoint has few of them, and none lasts longer than 10 s. */
const NOTIFY_CONCURRENCY = 64;
/** Most of them only wait until all that asked share one reading of a provider's records. */
const WATCH_CONCURRENCY = 256;
/** In-flight calls end by their own deadline of 8 s; what runs longer is given back. */
const DRAIN_MS = 10_000;

export type CrewDeps = {
  flows: FlowDeps;
  queues: Queues;
  /** Patient: a worker waits for Redis to come back. */
  client: Redis;
  prefix: string;
  lanes: readonly { route: string; perSecond: number; concurrency: number }[];
  /** Accepted deliveries minus the sum over all states. */
  conservationGap: () => Promise<number>;
  notify: NotifyDeps;
  forwardEvents: ForwardEvents;
  onError: (worker: string, message: string) => void;
};

export type Crew = {
  run: () => Promise<void>;
  /** Other rates for the lanes that have one, from their next job on; 0 = unpaced. */
  pace: (perSecond: (route: string) => number | undefined) => void;
  /** Takes nothing new, finishes what runs, gives back the rest after 10 s. */
  drain: () => Promise<void>;
};

/** Every worker of one process: a lane per route, and settle, watch, reconcile and notify. */
export function createCrew(deps: CrewDeps): Crew {
  const named = allLanes(deps).map((settings) => ({ name: settings.name, lane: createLane(settings) }));
  const lanes = named.map(({ lane }) => lane);
  let sweeping: NodeJS.Timeout | undefined;
  return {
    run: async () => {
      await scheduleReconcile(deps.queues);
      for (const lane of lanes) lane.run();
      sweeping = setInterval(() => void sweepOnce(deps), SWEEP_EVERY_MS);
    },
    pace: (perSecond) => {
      for (const { name, lane } of named) {
        const rate = perSecond(name);
        if (rate !== undefined) lane.pace(rate);
      }
    },
    drain: async () => {
      clearInterval(sweeping);
      await within(DRAIN_MS, Promise.all(lanes.map((lane) => lane.drain())), () => abandonAll(lanes));
    },
  };
}

function allLanes(deps: CrewDeps): LaneSettings[] {
  const { flows, queues, client, prefix, lanes, onError } = deps;
  const lane = (name: string, concurrency: number, handle: LaneSettings["handle"], perSecond?: number) => ({
    name,
    client,
    prefix,
    concurrency,
    handle,
    perSecond,
    onError: (message: string) => onError(name, message),
  });
  const turns = createLaneTurns(client, createKeys(prefix));
  return [
    ...lanes.map(({ route, concurrency, perSecond }) => ({
      ...lane(route, concurrency, attemptHandler(flows, route), perSecond),
      onStart: (job: { name: string; priority: number }) => turns.started(route, job),
    })),
    lane(queues.settle.name, 32, settleHandler(flows)),
    lane(queues.watch.name, WATCH_CONCURRENCY, watchHandler(flows)),
    lane(queues.reconcile.name, 1, reconcileHandler(flows, deps.conservationGap)),
    lane(queues.notify.name, NOTIFY_CONCURRENCY, notifyHandler(deps.notify)),
  ];
}

/** A sweep that fails is made again half a second later; Redis' own errors are reported by its client. */
async function sweepOnce({ flows, queues, forwardEvents, onError }: CrewDeps): Promise<void> {
  const told = (error: unknown) => onError("sweep", error instanceof Error ? error.message : "failed");
  await sweep(flows, queues).catch(told);
  await forwardEvents(flows.clock.now()).catch(told);
}

async function abandonAll(lanes: readonly Lane[]): Promise<void> {
  await Promise.all(lanes.map((lane) => lane.abandon()));
}

async function within(ms: number, work: Promise<unknown>, otherwise: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), ms);
  });
  const first = await Promise.race([work.then(() => "done" as const), late]);
  clearTimeout(timer);
  if (first === "late") await otherwise();
}
