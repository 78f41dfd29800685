import type { PlannedAttempt } from "../core/delivery.ts";
import { nextDue } from "../core/due.ts";
import type { JobName } from "./job-port.ts";
import type { FlowDeps, OpenDelivery } from "./ports.ts";

type ReconcileDeps = Pick<FlowDeps, "clock" | "store" | "jobs" | "events" | "rules">;

export type Reconciled = { looked: number; jobs: number; timers: number };

const PAGE = 200;
/** A job is looked for only when its hand-over has had time to finish. */
const HAND_OVER_MS = 5_000;

/**
 * Finds open deliveries that fell between two writes: a planned attempt without a job in its lane, or a
 * timer that is missing. Idempotent; what it repairs is counted. A delivery that ends meanwhile shifts the
 * pages, so one may be passed over until the next run.
 */
export async function reconcile(deps: ReconcileDeps, signal: AbortSignal): Promise<Reconciled> {
  const done: Reconciled = { looked: 0, jobs: 0, timers: 0 };
  for (let offset = 0; !signal.aborted; offset += PAGE) {
    const page = await deps.store.open({ offset, limit: PAGE });
    done.looked += page.length;
    done.timers += await repairTimers(deps, page);
    done.jobs += await repairJobs(deps, page);
    if (page.length < PAGE) break;
  }
  const { jobs, timers } = done;
  if (jobs + timers > 0) deps.events.record({ kind: "reconcile.done", jobs, timers, at: deps.clock.now() });
  return done;
}

async function repairTimers(deps: ReconcileDeps, page: readonly OpenDelivery[]): Promise<number> {
  let repaired = 0;
  for (const { delivery, dueAt } of page) {
    const due = nextDue(delivery, deps.rules);
    if (!due || dueAt !== undefined) continue;
    await deps.store.setDue(delivery.id, due.at);
    deps.events.record({ kind: "reconcile.repaired", deliveryId: delivery.id, what: "timer" });
    repaired += 1;
  }
  return repaired;
}

async function repairJobs(deps: ReconcileDeps, page: readonly OpenDelivery[]): Promise<number> {
  const before = deps.clock.now() - HAND_OVER_MS;
  const expected = page.flatMap(({ delivery }) =>
    delivery.next && delivery.next.notBefore < before ? [named(delivery.id, delivery.next)] : [],
  );
  const missing = expected.length === 0 ? [] : await deps.jobs.missing(expected);
  for (const job of missing) await addAgain(deps, job);
  return missing.length;
}

function named(deliveryId: string, next: PlannedAttempt): JobName {
  return { route: next.route, deliveryId, attempt: next.number };
}

/** The attempt may have run since the page was read: then its job finds nothing planned and leaves. */
async function addAgain(deps: ReconcileDeps, job: JobName): Promise<void> {
  const stored = await deps.store.load(job.deliveryId);
  if (stored?.delivery.next?.number !== job.attempt) return;
  const { purpose, clientId } = stored.delivery;
  await deps.jobs.enqueue({ ...job, delayMs: 0, purpose, clientId });
  deps.events.record({ kind: "reconcile.repaired", deliveryId: job.deliveryId, what: "job" });
}
