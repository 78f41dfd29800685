import type { Stored } from "../flows/ports.ts";
import { json, sandboxMark } from "./answer.ts";
import { callerOf, type DeliveryDeps, ownDelivery } from "./own-delivery.ts";
import { ApiError } from "./problem.ts";
import type { Route } from "./route.ts";

type Cancelled = "cancelled" | "stopped" | "over";

export type CancelDeps = DeliveryDeps & { cancel: (stored: Stored) => Promise<Cancelled> };

/** DELETE /v1/deliveries/{id}: sends nothing more. Doing it twice is answered alike, for an answer may get lost. */
export function deleteDelivery(deps: CancelDeps): Route["handle"] {
  return async (c, trace) => {
    const caller = await callerOf(deps, c, trace);
    const stored = await ownDelivery(deps, c, caller, trace);
    const isDone = stored.delivery.state === "cancelled";
    const outcome = isDone ? "cancelled" : await caller.budget.spend(deps.cancel(stored));
    if (outcome === "over") {
      const detail = `The delivery has ended as ${stored.delivery.state}; there is nothing left to cancel.`;
      throw new ApiError("delivery_over", detail);
    }
    trace.code = outcome;
    const { id, state } = (await ownDelivery(deps, c, caller, trace)).delivery;
    return json(200, { id, state, outcome, ...sandboxMark(deps) });
  };
}
