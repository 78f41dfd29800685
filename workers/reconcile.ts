import type { FlowDeps } from "../src/flows/ports.ts";
import { reconcile } from "../src/flows/reconcile.ts";
import type { Queues } from "../src/redis/queues.ts";

/** How long a delivery that fell between two writes waits to be found. */
const EVERY_MS = 10_000;

/** @param conservationGap accepted minus accounted for, read in one step; anything but 0 is a bug */
export function reconcileHandler(deps: FlowDeps, conservationGap: () => Promise<number>) {
  return async (_data: unknown, signal: AbortSignal): Promise<void> => {
    await reconcile(deps, signal);
    const gap = await conservationGap();
    if (gap !== 0) deps.events.record({ kind: "conservation.broken", gap, at: deps.clock.now() });
  };
}

/** One run for the whole installation at a time: the scheduler adds a single job, and its queue runs one. */
export async function scheduleReconcile(queues: Queues): Promise<void> {
  await queues.reconcile.setGlobalConcurrency(1);
  await queues.reconcile.upsertJobScheduler("reconcile", { every: EVERY_MS }, { name: "reconcile" });
}
