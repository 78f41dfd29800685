import { attempt } from "../src/flows/attempt.ts";
import type { FlowDeps } from "../src/flows/ports.ts";
import { attemptJobSchema } from "../src/redis/queues.ts";

/** A held attempt looks again after this; its share of jitter keeps a whole lane from looking at once. */
const HOLD_MS = 4_000;

/** After a rest the lane starts again within this, not all at once. */
const REST_SPREAD_MS = 500;
/** Being brought back counts as a start, and a job has only so many. */
const REST_MIN_MS = 1_000;

/** One job of a route's lane. A job that nobody of ours wrote fails with its fault and is gone. */
export function attemptHandler(deps: FlowDeps, route: string) {
  return async (data: unknown, signal: AbortSignal): Promise<{ holdMs: number } | undefined> => {
    const { deliveryId, attempt: number } = attemptJobSchema.parse(data);
    const result = await attempt(deps, { deliveryId, attempt: number, route }, signal);
    const fraction = deps.random.fraction();
    if (result === "held") return { holdMs: HOLD_MS + Math.round(fraction * 2_000) };
    if (result !== "resting") return undefined;
    const restMs = Math.max(REST_MIN_MS, deps.circuits.restMs(route));
    return { holdMs: Math.round(restMs + fraction * REST_SPREAD_MS) };
  };
}
