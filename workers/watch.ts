import type { FlowDeps } from "../src/flows/ports.ts";
import { watch } from "../src/flows/watch.ts";
import { type Queues, watchJobSchema } from "../src/redis/queues.ts";

/** Deliveries looked at for one sweep. */
const CLAIM_MAX = 500;
/** Longer than a look with its look-up takes; after a crash the timer is found again when it ends. */
const LEASE_MS = 10_000;

export function watchHandler(deps: FlowDeps) {
  return async (data: unknown, signal: AbortSignal): Promise<void> => {
    await watch(deps, watchJobSchema.parse(data).deliveryId, signal);
  };
}

/** Moves timers that have run out into the `watch` queue. Any number of workers may sweep: a claim is exclusive. */
export async function sweep(deps: Pick<FlowDeps, "clock" | "store">, queues: Queues): Promise<number> {
  const now = deps.clock.now();
  const ids = await deps.store.claimDue(now, CLAIM_MAX, LEASE_MS);
  if (ids.length === 0) return 0;
  await queues.watch.addBulk(
    ids.map((deliveryId) => ({ name: "watch", data: { deliveryId }, opts: { jobId: `${deliveryId}-w` } })),
  );
  return ids.length;
}
