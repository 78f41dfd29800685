import { DelayedError, type Job, Worker, type WorkerOptions } from "bullmq";
import type { Redis } from "ioredis";
import { saidBy } from "../src/redis/queues.ts";

/** The settings of every worker, and why: with this short lock the default of one stall lost jobs when processes were killed. */
const BASE = {
  autorun: false,
  lockDuration: 10_000,
  stalledInterval: 2_000,
  maxStalledCount: 20,
  // Being held counts as a start: 570 s of it, each at least 1 s, fit in. A job that kills its worker ends by its
  // stalls.
  maxStartedAttempts: 600,
  runRetryDelay: 1_000,
  // A finished job must leave at once: as long as it is kept, BullMQ swallows a later one with its id. Queues that
  // keep theirs say so in each job.
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
  skipVersionCheck: true,
} satisfies Partial<WorkerOptions>;

export type LaneSettings = {
  name: string;
  client: Redis;
  prefix: string;
  concurrency: number;
  /** Even pacing over all workers: one start per 1000/perSecond ms; undefined = as fast as it goes. */
  perSecond?: number | undefined;
  /** Gets BullMQ's words about Redis; never job data. */
  onError: (message: string) => void;
  /** Told of every start, before `handle`; must not fail. */
  onStart?: (job: { name: string; priority: number }) => void;
  /**
   * `holdMs`: nobody can do it now, bring it back after this. `retryInMs`: it failed, which counts among its tries.
   * `tries`: how often it has failed before.
   */
  handle: (
    data: unknown,
    signal: AbortSignal,
    tries: number,
  ) => Promise<void | { holdMs: number } | { retryInMs: number }>;
};

/** Tells BullMQ when to try again what its handler wants tried again. */
class TriedInVain extends Error {
  override readonly name = "TriedInVain";
  readonly retryInMs: number;

  constructor(retryInMs: number) {
    super("not done, comes again");
    this.retryInMs = retryInMs;
  }
}

export type Lane = {
  run: () => void;
  /** Another pace from the next job on; 0 = unpaced. */
  pace: (perSecond: number) => void;
  /** Takes no new job and waits for the running ones. */
  drain: () => Promise<void>;
  /** Gives the rest back to be run again by somebody else. */
  abandon: () => Promise<void>;
};

/** One BullMQ worker. A job whose lock is lost is cancelled, for another worker may run it too. */
export function createLane(settings: LaneSettings): Lane {
  const { name, client, prefix, concurrency, onError } = settings;
  const process = async (job: Job, token?: string, signal?: AbortSignal): Promise<void> => {
    settings.onStart?.(job);
    const running = signal ?? new AbortController().signal;
    const left = await settings.handle(saidBy(job), running, job.attemptsMade);
    if (!left) return;
    if ("retryInMs" in left) throw new TriedInVain(left.retryInMs);
    await job.moveToDelayed(Date.now() + left.holdMs, token);
    throw new DelayedError();
  };
  const worker = new Worker(name, process, {
    ...BASE,
    connection: client,
    prefix,
    concurrency,
    // Only asked for jobs whose backoff has a type of ours; a handler that throws has no wish.
    settings: {
      backoffStrategy: (_made, _type, error) => (error instanceof TriedInVain ? error.retryInMs : 0),
    },
    ...limiter(settings),
  });
  worker.on("error", (error) => onError(error.message));
  worker.on("lockRenewalFailed", (ids) => {
    for (const id of ids) worker.cancelJob(id, "lock lost");
  });
  return {
    run: () =>
      void worker
        .run()
        .catch((error: unknown) => onError(error instanceof Error ? error.message : "stopped")),
    // Read anew with every job that is taken. Source: bullmq 6.7, redis-queue-backend moveToActive and moveToFinished.
    pace: (perSecond) => {
      delete worker.opts.limiter;
      Object.assign(worker.opts, limiter({ perSecond }));
    },
    drain: () => worker.close(),
    abandon: () => worker.close(true),
  };
}

/** A slot per 1/rate instead of a bucket per second, which lets two bursts touch. Above 1000/s a slot is too short to keep. */
function limiter({ perSecond }: Pick<LaneSettings, "perSecond">): Pick<WorkerOptions, "limiter"> {
  if (perSecond === undefined || perSecond <= 0 || perSecond > 1_000) return {};
  return { limiter: { max: 1, duration: Math.ceil(1_000 / perSecond) } };
}
