import type { ParkedReport } from "../../src/flows/ports.ts";
import { attempt } from "../../src/flows/attempt.ts";
import { reconcile } from "../../src/flows/reconcile.ts";
import { settle } from "../../src/flows/settle.ts";
import { watch } from "../../src/flows/watch.ts";
import { Crash } from "./chaos.ts";
import { aFlowBundle, type FlowBundle, type FlowBundleOptions } from "./flow-bundle.ts";
import type { MemoryJob } from "./memory-jobs.ts";

const SWEEP_EVERY_MS = 500;
const RECONCILE_EVERY_MS = 10_000;
const LEASE_MS = 10_000;
/** A job whose process died is run again when its lock has run out and somebody has noticed. */
const STALLED_MS = 12_000;
const SETTLE_RETRY_MS = 1_000;
/** The longest time after which a worker brings an attempt back that nobody could take. */
const HOLD_MS = 6_000;
const NEVER = new AbortController().signal;

export type Simulation = FlowBundle & {
  /** A report that has just come in. */
  report: (entry: ParkedReport) => void;
  /** Every report that came in. */
  heard: ParkedReport[];
  /** Errors that were neither a crash nor an absent store. */
  faults: unknown[];
  runFor: (ms: number) => Promise<void>;
  runUntil: (instant: number) => Promise<void>;
};

export type SimulationOptions = FlowBundleOptions & {
  /** How long a job waits in its lane behind others, in ms. */
  laneWaitMs?: () => number;
};

/** The whole engine under virtual time: lanes, sweeps, reports and reconcile, as workers run them. */
export function simulate(options: SimulationOptions = {}): Simulation {
  const faults: unknown[] = [];
  const heard: ParkedReport[] = [];
  let onJob: (job: MemoryJob) => void = () => undefined;
  let onReport: (entry: ParkedReport) => void = () => undefined;
  const bundle = aFlowBundle({
    ...options,
    onJob: (job) => onJob(job),
    onReport: (entry) => {
      heard.push(entry);
      onReport(entry);
    },
  });
  const { clock, deps, jobs, store } = bundle;

  /** As BullMQ runs it: again after a crash, gone after a failure. */
  function run(work: () => Promise<unknown>, over: (failed: boolean, result?: unknown) => void): void {
    const failed = (error: unknown): void => {
      if (error instanceof Crash) return clock.at(clock.now() + STALLED_MS, () => run(work, over));
      faults.push(error);
      over(true);
    };
    work().then((result) => over(false, result), failed);
  }

  function runJob(added: MemoryJob): void {
    const job = jobs.held().find((held) => held === added);
    if (!job || job.active) return;
    job.active = true;
    run(
      () => attempt(deps, job, NEVER),
      (_, result) => (result === "held" || result === "resting" ? hold(job) : jobs.finish(job)),
    );
  }
  function hold(job: MemoryJob): void {
    job.active = false;
    clock.at(clock.now() + HOLD_MS, () => runJob(job));
  }
  onJob = (added) => clock.at(added.readyAt + (options.laneWaitMs?.() ?? 0), () => runJob(added));

  onReport = (entry) =>
    run(
      () => settle(deps, entry),
      (failed) => failed && clock.at(clock.now() + SETTLE_RETRY_MS, () => onReport(entry)),
    );

  const watching = new Set<string>();
  function startWatch(id: string): void {
    if (watching.has(id)) return;
    watching.add(id);
    run(
      () => watch(deps, id, NEVER),
      () => watching.delete(id),
    );
  }

  let sweepAt = Number.POSITIVE_INFINITY;
  /** A sweep that would find nothing is left out: the grid of instants stays the same. */
  function planSweep(): void {
    const dueAt = store.nextDueAt();
    if (dueAt === undefined) return;
    const at = Math.ceil(Math.max(dueAt, clock.now() + 1) / SWEEP_EVERY_MS) * SWEEP_EVERY_MS;
    if (at >= sweepAt) return;
    sweepAt = at;
    clock.at(at, () => void sweep());
  }
  async function sweep(): Promise<void> {
    sweepAt = Number.POSITIVE_INFINITY;
    try {
      for (const id of await deps.store.claimDue(clock.now(), 500, LEASE_MS)) startWatch(id);
    } catch (error) {
      if (!(error instanceof Crash)) faults.push(error);
    }
  }
  function tick(): void {
    if (store.openCount() > 0) {
      run(
        () => reconcile(deps, NEVER),
        () => undefined,
      );
    }
    clock.at(clock.now() + RECONCILE_EVERY_MS, tick);
  }
  clock.at(clock.now() + RECONCILE_EVERY_MS, tick);

  const runUntil = async (instant: number): Promise<void> => {
    await clock.runUntil(clock.now());
    // From event to event, so that every timer that was written meanwhile gets its sweep.
    while (clock.now() < instant) {
      planSweep();
      await clock.runUntil(Math.min(instant, clock.nextAt() ?? instant));
    }
  };
  return {
    ...bundle,
    report: (entry) => onReport(entry),
    heard,
    faults,
    runUntil,
    runFor: (ms) => runUntil(clock.now() + ms),
  };
}
