import type { Attempt, Delivery } from "../core/delivery.ts";
import type { Events } from "./events.ts";

/** Tells of prices that became known with a change, and of those that were given back. Each is told once. */
export function bill(events: Events, before: Delivery, after: Delivery): void {
  for (const [index, attempt] of after.attempts.entries()) {
    const { number, route, cost } = attempt;
    const earlier = before.attempts[index];
    if (cost === undefined) continue;
    const what = { deliveryId: after.id, attempt: number, route, cost };
    if (earlier?.cost === undefined) events.record({ kind: "attempt.billed", ...what });
    if (isRefunded(attempt) && !isRefunded(earlier)) events.record({ kind: "attempt.refunded", ...what });
  }
}

/** A refund of an unknown price is no sum yet. */
function isRefunded(attempt: Attempt | undefined): boolean {
  return attempt?.refundedAt !== undefined && attempt.cost !== undefined;
}
