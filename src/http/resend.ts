import { z } from "zod";
import { type Delivery, type DeliveryState, hasEnded } from "../core/delivery.ts";
import type { Stored } from "../flows/ports.ts";
import type { Resent } from "../flows/resend.ts";
import { json, sandboxMark } from "./answer.ts";
import { readBody } from "./body.ts";
import { parseJsonBody } from "./json-body.ts";
import { callerOf, type DeliveryDeps, ownDelivery } from "./own-delivery.ts";
import { parseRequest } from "./parse-request.ts";
import { ApiError } from "./problem.ts";
import type { Route } from "./route.ts";

export type ResendDeps = DeliveryDeps & { sendAgain: (stored: Stored) => Promise<Resent> };

const BODY_MAX_BYTES = 1024;

/** POST /v1/deliveries/{id}/resend: the person asked for the code once more. */
export function postResend(deps: ResendDeps): Route["handle"] {
  return async (c, trace) => {
    const caller = await callerOf(deps, c, trace);
    requireNothing(await readBody(c.req.raw, BODY_MAX_BYTES));
    const { delivery: before, version } = await ownDelivery(deps, c, caller, trace);
    const resent = await caller.budget.spend(deps.sendAgain({ delivery: before, version }));
    // Read again: others may have moved it meanwhile, and the answer says what is true now.
    const { delivery } = await ownDelivery(deps, c, caller, trace);
    const { id, state } = delivery;
    if (resent === "underway") {
      trace.code = "underway";
      return json(202, { id, state, planned: false, detail: UNDERWAY, ...sandboxMark(deps) });
    }
    if (resent !== "attempt" || !hasMore(before, delivery)) throw refused(resent, delivery);
    trace.code = "planned";
    const route = (delivery.next ?? delivery.attempts.at(-1))?.route;
    return json(202, { id, state, planned: true, route, ...sandboxMark(deps) });
  };
}

const UNDERWAY = "A copy is on its way already; nothing more is sent for now.";

/** Nothing can be chosen, so nothing but an empty object can be meant. @throws ApiError */
function requireNothing(body: Uint8Array): void {
  if (body.byteLength > 0) parseRequest(z.strictObject({}), {}, parseJsonBody(body));
}

/** The wish left a mark: a plan, or an attempt that a worker has begun already. */
function hasMore(before: Delivery, after: Delivery): boolean {
  return after.next !== undefined || after.attempts.length > before.attempts.length;
}

/** Each answer says which way on is left, for a person waits at the other end. */
function refused(resent: Exclude<Resent, "underway">, delivery: Delivery): ApiError {
  switch (resent) {
    case "used_up":
      return new ApiError("nothing_to_send", USED_UP);
    case "too_late":
      return new ApiError("delivery_over", TOO_LATE);
    case "content_gone":
      return new ApiError("delivery_over", OVER.delivered);
    case "over":
    case "attempt":
      return new ApiError("delivery_over", isStopped(delivery) ? STOPPED : OVER[delivery.state]);
  }
}

const USED_UP = "Every route has been used as often as is allowed for one code; ask for a new code.";
const TOO_LATE = "Too little of the code's life is left to send it again; ask for a new code.";
const STOPPED = "The delivery was cancelled when a message was out already; ask for a new code.";
const DEAD = "The code's life is over; ask for a new code.";

/** While its message may still arrive, the same text is answered with this delivery and sent by nobody. */
function isStopped(delivery: Delivery): boolean {
  return delivery.cancelledAt !== undefined && !hasEnded(delivery);
}

/** The same text again is a new delivery after some ends only, so each has its own advice. */
const OVER: Record<DeliveryState, string> = {
  queued: TOO_LATE,
  sending: TOO_LATE,
  sent: TOO_LATE,
  failed: "The delivery ended as failed; send the same text again, with POST /v1/deliveries, for a new one.",
  expired: DEAD,
  unconfirmed: DEAD,
  cancelled: "The delivery was cancelled; send the same text again, with POST /v1/deliveries, for a new one.",
  delivered:
    "The code was reported delivered and is erased here; send the same text again, with POST /v1/deliveries.",
  verified: "The code was entered already; ask for a new code.",
};
