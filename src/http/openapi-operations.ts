import {
  cancelDelivery,
  recallRefusals,
  resendDelivery,
  tellOutcome,
  tellOutcomeByNumber,
} from "./openapi-after.ts";
import {
  AUTH,
  BODY,
  CLIENT,
  COMMON,
  DELIVERY_ID,
  EXAMPLE_ID,
  jsonContent,
  LIMITS,
  type OperationObject,
  type ParameterObject,
  pathParameter,
  problems,
  ref,
  type ResponseObject,
} from "./openapi-parts.ts";

/** Every path that the public listener takes. A test holds this against the route table in both directions. */
export function operations(): Record<string, Record<string, OperationObject>> {
  return {
    "/v1/deliveries": { post: createDelivery() },
    "/v1/deliveries/{id}": { get: readDelivery(), delete: cancelDelivery() },
    "/v1/deliveries/{id}/resend": { post: resendDelivery() },
    "/v1/deliveries/{id}/outcome": { post: tellOutcome() },
    "/v1/outcomes": { post: tellOutcomeByNumber() },
    "/v1/refusals": { post: recallRefusals() },
    "/compat/playsms": { get: playsmsOperation("playsms") },
    "/compat/playsms/index.php": { get: playsmsOperation("playsmsIndex") },
    "/reports/{provider}/{token}": {
      get: reportOperation("reportByGet"),
      post: reportOperation("reportByPost"),
    },
    "/livez": { get: plain("livez", "Is the process alive?", "application/json", { status: "alive" }) },
    "/readyz": { get: readyzOperation() },
    "/openapi.json": { get: plain("openapi", "This document", "application/json") },
    "/docs": { get: plain("docs", "This document for people", "text/html") },
    "/": {
      get: { operationId: "start", summary: "Leads to /docs", responses: { 302: { description: "Moved" } } },
    },
  };
}

const IDEMPOTENCY_KEY: ParameterObject = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "Same key and same body: same delivery, for 24 hours. Another body: 422.",
  schema: { type: "string", pattern: "^[!-~]{1,255}$" },
};

const DELIVERY_BODY: NonNullable<OperationObject["requestBody"]> = {
  required: true,
  content: {
    "application/json": {
      schema: ref("DeliveryRequest"),
      examples: {
        code: { value: { to: "+49 171 0000000", code: "482913", locale: "de" } },
        text: { value: { to: "+491710000000", text: "482913 is your Nextcloud authentication code" } },
      },
    },
  },
};

/** Every code that the handler can answer with, so that callers can write their branches before they meet them. */
function createDelivery(): OperationObject {
  return {
    operationId: "createDelivery",
    summary: "Bring a code to a person",
    description:
      "The same text to the same recipient while an earlier delivery lives is answered with that delivery and costs nothing. A later repeat, which is a person asking again, moves on to the next route.",
    security: CLIENT,
    parameters: [IDEMPOTENCY_KEY],
    requestBody: DELIVERY_BODY,
    responses: {
      202: {
        description: "Stored: the record and its job are in the store.",
        headers: { Location: { description: "Where its timeline is.", schema: { type: "string" } } },
        content: jsonContent("Accepted", {
          id: EXAMPLE_ID,
          state: "queued",
          expiresAt: "2026-01-05T10:05:00.000Z",
        }),
      },
      ...problems(
        ...BODY,
        "invalid_recipient",
        "invalid_text",
        "invalid_idempotency_key",
        "unknown_template",
        "unknown_route",
        "idempotency_conflict",
        "no_route",
        ...LIMITS,
        ...AUTH,
        "busy",
        ...COMMON,
      ),
    },
  };
}

function readDelivery(): OperationObject {
  return {
    operationId: "readDelivery",
    summary: "Where is this code?",
    description: "State, routes, attempts, reports, cost and a timeline in plain sentences. Never the code.",
    security: CLIENT,
    parameters: [DELIVERY_ID],
    responses: {
      200: { description: "The delivery", content: jsonContent("Delivery") },
      ...problems("not_found", ...AUTH, ...COMMON),
    },
  };
}

/** The statuses are what counts: a driver looks at nothing else. */
function playsmsOperation(operationId: string): OperationObject {
  return {
    operationId,
    summary: "playSMS front end, for a stock Nextcloud",
    description: "Doubled and trailing slashes are taken. Query strings are in no log of ours.",
    parameters: [
      playsmsParameter("app", "ws"),
      playsmsParameter("op", "pv"),
      playsmsParameter("u", "Client id"),
      playsmsParameter("h", "The secret, or the whole key"),
      playsmsParameter("to", "One telephone number"),
      playsmsParameter("msg", "The text"),
    ],
    responses: {
      200: { description: "Stored", content: jsonContent("PlaysmsAnswer") },
      400: playsmsError("102", "Wrong parameter, number or text"),
      401: playsmsError("100", "Wrong client id in u or wrong key in h"),
      403: playsmsError("201", "A number that nothing is sent to"),
      405: playsmsError("200", "Only GET"),
      422: playsmsError("200", "No route can carry this"),
      429: playsmsError("200", "A limit; see Retry-After"),
      500: playsmsError("200", "A fault on our side"),
      503: playsmsError("200", "Every line is too long, or nothing can be promised; see Retry-After"),
    },
  };
}

function playsmsParameter(name: string, description: string): ParameterObject {
  return { name, in: "query", required: true, description, schema: { type: "string" } };
}

function playsmsError(error: string, description: string): ResponseObject {
  const example = { status: "ERR", error, error_string: `${description}.` };
  return { description, content: jsonContent("PlaysmsError", example) };
}

function reportOperation(operationId: string): OperationObject {
  return {
    operationId,
    summary: "Delivery reports of providers",
    description: "The token authenticates; where the provider signs, its signature must hold as well.",
    parameters: [
      pathParameter("provider", "Such as seven"),
      pathParameter("token", "The secret part of the address that the provider was given"),
    ],
    responses: {
      200: { description: "Taken", content: { "text/plain": { schema: { type: "string", const: "OK" } } } },
      ...problems(
        "malformed_report",
        "not_found",
        "body_too_large",
        "unsupported_media_type",
        "report_not_authentic",
        "unavailable",
        ...COMMON,
      ),
    },
  };
}

function readyzOperation(): OperationObject {
  const checks = { redis: "ok, 1 ms", routes: "ok" };
  const content = jsonContent("Readiness", { ready: true, draining: false, checks });
  return {
    operationId: "readyz",
    summary: "Does this process take requests?",
    responses: {
      200: { description: "Ready", content },
      503: { description: "Not ready, or draining", content },
    },
  };
}

function plain(operationId: string, summary: string, type: string, example?: unknown): OperationObject {
  const examples = example === undefined ? {} : { examples: { answer: { value: example } } };
  const content = { [type]: { schema: {}, ...examples } };
  return { operationId, summary, responses: { 200: { description: summary, content } } };
}
