import { StoreUnavailable } from "../flows/ports.ts";
import { type Headers, raw } from "./answer.ts";

/** Our stable words for what went wrong; the list in docs and OpenAPI is this one. */
export const PROBLEMS = {
  invalid_json: [400, "The body is not valid JSON"],
  invalid_request: [400, "The request does not fit"],
  invalid_recipient: [400, "The recipient is not one telephone number"],
  invalid_text: [400, "The text cannot be sent"],
  invalid_idempotency_key: [400, "The Idempotency-Key does not fit"],
  unknown_template: [400, "The template is not configured"],
  unknown_route: [400, "A route is not configured"],
  unknown_operation: [400, "The operation is not offered"],
  malformed_report: [400, "The report cannot be read"],
  unauthorized: [401, "The key is missing or wrong"],
  forbidden_origin: [403, "The request came from another site"],
  forbidden_role: [403, "The role does not allow this"],
  blocked: [403, "Numbers of this range are blocked"],
  country: [403, "The country is not on this client's list"],
  number_type: [403, "Numbers of this type are not sent to"],
  not_found: [404, "There is nothing here"],
  method_not_allowed: [405, "The method is not offered here"],
  nothing_to_send: [409, "Nothing can be sent again"],
  delivery_over: [409, "The delivery is over"],
  body_too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "The body has a form that is not taken"],
  idempotency_conflict: [422, "The Idempotency-Key was used for another request"],
  no_route: [422, "No route can carry this"],
  recipient_limit: [429, "Too many codes for one recipient"],
  prefix_limit: [429, "Too many neighbouring numbers"],
  client_limit: [429, "The client's day is full"],
  spend_cap: [429, "The client's money for the day is spent"],
  too_many_failures: [429, "Too many wrong keys"],
  internal_error: [500, "Something broke on our side"],
  unavailable: [503, "Nothing can be promised at the moment"],
  busy: [503, "Every line is too long"],
  report_not_authentic: [503, "The report's signature does not hold"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal as the caller sees it. `detail` is one plain sentence without a code, a number or a key. */
export type Refusal = {
  code: ProblemCode;
  detail: string;
  field?: string | undefined;
  retryAfterMs?: number | undefined;
  headers?: Headers | undefined;
};

/** Ends a request with a refusal. Caught in one place, route.ts, and written in the form of its route. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly refusal: Refusal;

  constructor(code: ProblemCode, detail: string, more: Omit<Refusal, "code" | "detail"> = {}) {
    super(code);
    this.refusal = { code, detail, ...more };
  }
}

export function statusOf(code: ProblemCode): number {
  return PROBLEMS[code][0];
}

/** How long a caller waits while the store is away: 5 s and a share of 5 s, so that not all return at once. */
const STORE_WAIT_MS = 5_000;
const STORE_JITTER_MS = 5_000;

/**
 * What a caller is told of anything that was thrown. Everything unknown becomes a 500 without detail.
 * @param fraction jitter in [0, 1)
 */
export function refusalOf(error: unknown, fraction: () => number): Refusal {
  if (error instanceof ApiError) return error.refusal;
  if (error instanceof StoreUnavailable) return unavailable(fraction);
  return {
    code: "internal_error",
    detail: "The request was not carried out because of a fault on our side.",
  };
}

function unavailable(fraction: () => number): Refusal {
  return {
    code: "unavailable",
    detail: "The request was not confirmed; send it again with the same content.",
    retryAfterMs: STORE_WAIT_MS + Math.floor(fraction() * STORE_JITTER_MS),
  };
}

/** RFC 9457. `instance` names the request in our log. */
export function problemResponse(refusal: Refusal, requestId: string): Response {
  const [status, title] = PROBLEMS[refusal.code];
  const body = {
    type: `urn:otpost:problem:${refusal.code}`,
    title,
    status,
    code: refusal.code,
    detail: refusal.detail,
    ...(refusal.field === undefined ? {} : { field: refusal.field }),
    instance: `urn:otpost:request:${requestId}`,
  };
  return raw(status, JSON.stringify(body), "application/problem+json", refusalHeaders(refusal));
}

export function refusalHeaders({ retryAfterMs, headers }: Refusal): Headers {
  return {
    ...(retryAfterMs === undefined
      ? {}
      : { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
    ...headers,
  };
}
