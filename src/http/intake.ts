import { viewOf } from "../core/view.ts";
import type { Accepted, AcceptRequest } from "../flows/accept.ts";
import type { Clock, Stored } from "../flows/ports.ts";
import { json } from "./answer.ts";
import type { ClientAuth } from "./auth.ts";
import { readBody, requireJson } from "./body.ts";
import { createBudget } from "./budget.ts";
import { parseDeliveryRequest } from "./delivery-request.ts";
import { parseJsonBody } from "./json-body.ts";
import { ApiError } from "./problem.ts";
import type { Route, Trace } from "./route.ts";

export type IntakeDeps = {
  clock: Clock;
  auth: ClientAuth;
  accept: (request: AcceptRequest) => Promise<Accepted>;
  load: (id: string) => Promise<Stored | undefined>;
  /** Set while twins serve: answers say that nothing leaves the house. */
  sandbox: boolean;
};

const BODY_MAX_BYTES = 8 * 1024;

/** POST /v1/deliveries: key, body, meaning, then the one promise that costs a round trip. */
export function postDelivery(deps: IntakeDeps): Route["handle"] {
  return async (c, trace) => {
    const budget = createBudget(deps.clock);
    const client = await deps.auth.bearer(c, budget);
    trace.clientId = client.id;
    const idempotencyKey = parseIdempotencyKey(c.req.header("idempotency-key"));
    requireJson(c.req.raw);
    const body = parseJsonBody(await readBody(c.req.raw, BODY_MAX_BYTES));
    const request = parseDeliveryRequest(body, client, deps.clock.now(), idempotencyKey);
    const { id, state, expiresAt } = delivered(await budget.spend(deps.accept(request)), trace);
    return json(
      202,
      { id, state, expiresAt: isoInstant(expiresAt), sandbox: sandboxMark(deps).sandbox },
      { location: `/v1/deliveries/${id}` },
    );
  };
}

/** GET /v1/deliveries/{id}: the same 404 for an unknown id and for another client's. */
export function getDelivery(deps: IntakeDeps): Route["handle"] {
  return async (c, trace) => {
    const budget = createBudget(deps.clock);
    const client = await deps.auth.bearer(c, budget);
    trace.clientId = client.id;
    const id = c.req.param("id") ?? "";
    const stored = DELIVERY_ID.test(id) ? await budget.spend(deps.load(id)) : undefined;
    if (stored?.delivery.clientId !== client.id) {
      throw new ApiError("not_found", "This client has no delivery with this id.");
    }
    trace.deliveryId = id;
    return json(200, { ...viewOf(stored.delivery, isoInstant), ...sandboxMark(deps) });
  };
}

const DELIVERY_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Epoch ms inside, ISO 8601 with Z outside. */
function isoInstant(at: number): string {
  return new Date(at).toISOString();
}

function sandboxMark({ sandbox }: IntakeDeps): { sandbox?: true } {
  return sandbox ? { sandbox: true } : {};
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

/** One code and one sentence for each refusal of the flow; the switch has no default so that a new one is seen here. */
function refused(refusal: Extract<Accepted, { kind: "refused" }>): ApiError {
  switch (refusal.code) {
    case "idempotency_conflict":
      return new ApiError(refusal.code, "This Idempotency-Key was used with another body.", {
        field: "Idempotency-Key",
      });
    case "unknown_route":
      return new ApiError(refusal.code, "A route that was asked for is not configured.", { field: "routes" });
    case "no_route":
      return new ApiError(refusal.code, "No configured route can carry this message to this recipient.");
    case "recipient_limit":
      return new ApiError(refusal.code, "This recipient was sent too many codes; wait before the next one.", {
        retryAfterMs: refusal.retryAfterMs,
      });
  }
}
