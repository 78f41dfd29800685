import { attempt } from "../src/flows/attempt.ts";
import type { FlowDeps } from "../src/flows/ports.ts";
import { attemptJobSchema } from "../src/redis/queues.ts";

/** One job of a route's lane. A job that nobody of ours wrote fails with its fault and is gone. */
export function attemptHandler(deps: FlowDeps, route: string) {
  return async (data: unknown, signal: AbortSignal): Promise<void> => {
    const { deliveryId, attempt: number } = attemptJobSchema.parse(data);
    await attempt(deps, { deliveryId, attempt: number, route }, signal);
  };
}
