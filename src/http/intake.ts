import { viewOf } from "../core/view.ts";
import type { PolicyRefusal } from "../core/limits.ts";
import type { Accepted, AcceptRequest } from "../flows/accept.ts";
import type { LimitName } from "../flows/limit-ports.ts";
import { json, sandboxMark } from "./answer.ts";
import { parseDeliveryRequest } from "./delivery-request.ts";
import { readJson } from "./json-body.ts";
import { callerOf, type DeliveryDeps, ownDelivery } from "./own-delivery.ts";
import { ApiError } from "./problem.ts";
import type { Route, Trace } from "./route.ts";

export type IntakeDeps = DeliveryDeps & { accept: (request: AcceptRequest) => Promise<Accepted> };

/** POST /v1/deliveries: key, body, meaning, then the one promise that costs a round trip. */
export function postDelivery(deps: IntakeDeps): Route["handle"] {
  return async (c, trace) => {
    const { client, budget } = await callerOf(deps, c, trace);
    const idempotencyKey = parseIdempotencyKey(c.req.header("idempotency-key"));
    const request = parseDeliveryRequest(await readJson(c.req.raw), client, deps.clock.now(), idempotencyKey);
    const { id, state, expiresAt } = delivered(await budget.spend(deps.accept(request)), trace);
    return json(
      202,
      { id, state, expiresAt: isoInstant(expiresAt), sandbox: sandboxMark(deps).sandbox },
      { location: `/v1/deliveries/${id}` },
    );
  };
}

/** GET /v1/deliveries/{id}: the whole story. */
export function getDelivery(deps: IntakeDeps): Route["handle"] {
  return async (c, trace) => {
    const { delivery } = await ownDelivery(deps, c, await callerOf(deps, c, trace), trace);
    return json(200, { ...viewOf(delivery, isoInstant), ...sandboxMark(deps) });
  };
}

/** Epoch ms inside, ISO 8601 with Z outside. */
function isoInstant(at: number): string {
  return new Date(at).toISOString();
}

/** 1 to 255 visible ASCII characters. Source: IETF draft idempotency-key-header, kept to what logs well. */
const IDEMPOTENCY_KEY = /^[!-~]{1,255}$/;

function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || IDEMPOTENCY_KEY.test(header)) return header;
  const detail = "Idempotency-Key must be 1 to 255 visible ASCII characters.";
  throw new ApiError("invalid_idempotency_key", detail, { field: "Idempotency-Key" });
}

/**
 * The delivery that now lives; shared by every front end.
 * @throws ApiError for each way in which it was refused
 */
export function delivered(accepted: Accepted, trace: Trace) {
  if (accepted.kind === "refused") throw refused(accepted);
  trace.deliveryId = accepted.delivery.id;
  trace.code = accepted.repeated ? "repeated" : "accepted";
  return accepted.delivery;
}

/** Some front ends show these to the person who wants to log in. */
const LIMITED: Record<LimitName, string> = {
  recipient_limit: "This recipient was sent too many codes; wait before the next one.",
  prefix_limit: "Too many numbers of this range were sent something new; wait before the next one.",
  client_limit: "No more codes can be sent today; ask whoever runs this service.",
  spend_cap: "No more codes can be paid for today; ask whoever runs this service.",
};

const BARRED: Record<PolicyRefusal | "blocked", string> = {
  blocked: "Nothing is sent to numbers of this range.",
  country: "Nothing is sent to numbers of this country.",
  number_type: "Nothing is sent to numbers of this type; use a mobile number.",
};

/** One code and one sentence for each refusal of the flow; the switch has no default so that a new one is seen here. */
function refused(refusal: Extract<Accepted, { kind: "refused" }>): ApiError {
  switch (refusal.code) {
    case "idempotency_conflict":
      return new ApiError(refusal.code, "This Idempotency-Key was used with another body.", {
        field: "Idempotency-Key",
      });
    case "out_of_bounds":
      return new ApiError("invalid_request", "expiresAt must be one to ten minutes from now.", {
        field: "expiresAt",
      });
    case "unknown_route":
      return new ApiError(refusal.code, "A route that was asked for is not configured.", { field: "routes" });
    case "no_route":
      return new ApiError(refusal.code, "No configured route can carry this message to this recipient.");
    case "busy":
      return new ApiError(
        "busy",
        "Every line is longer than the code would live; try again a little later.",
        {
          retryAfterMs: refusal.retryAfterMs,
        },
      );
    case "blocked":
    case "country":
    case "number_type":
      return new ApiError(refusal.code, BARRED[refusal.code], { field: "to" });
    case "recipient_limit":
    case "prefix_limit":
    case "client_limit":
    case "spend_cap":
      return new ApiError(refusal.code, LIMITED[refusal.code], { retryAfterMs: refusal.retryAfterMs });
  }
}
