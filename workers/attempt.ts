import { attempt } from "../src/flows/attempt.ts";
import type { FlowDeps } from "../src/flows/ports.ts";
import { attemptJobSchema } from "../src/redis/queues.ts";

/** A held attempt looks again after this; its share of jitter keeps a whole lane from looking at once. */
const HOLD_MS = 4_000;

/** One job of a route's lane. A job that nobody of ours wrote fails with its fault and is gone. */
export function attemptHandler(deps: FlowDeps, route: string) {
  return async (data: unknown, signal: AbortSignal): Promise<{ holdMs: number } | undefined> => {
    const { deliveryId, attempt: number } = attemptJobSchema.parse(data);
    const result = await attempt(deps, { deliveryId, attempt: number, route }, signal);
    return result === "held" ? { holdMs: HOLD_MS + Math.round(deps.random.fraction() * 2_000) } : undefined;
  };
}
