import {
  AUTH,
  BODY,
  CLIENT,
  COMMON,
  DELIVERY_ID,
  EXAMPLE_ID,
  jsonContent,
  type OperationObject,
  problems,
  ref,
} from "./openapi-parts.ts";

/** What a caller may say of a delivery after it was taken on: its outcome, once more, or not any more. */

export function tellOutcome(): OperationObject {
  return {
    operationId: "tellOutcome",
    summary: "Was the code entered?",
    description:
      "Verified ends the delivery: nothing more is sent or waited for. A wrong code changes nothing, for the right one is typed next. Saying it twice is answered alike.",
    security: CLIENT,
    parameters: [DELIVERY_ID],
    requestBody: body("OutcomeRequest", { verified: true }),
    responses: {
      200: {
        description: "Taken",
        content: jsonContent("Told", { id: EXAMPLE_ID, state: "verified", outcome: "verified" }),
      },
      ...problems("not_found", "delivery_over", ...BODY, ...AUTH, ...COMMON),
    },
  };
}

export function tellOutcomeByNumber(): OperationObject {
  return {
    operationId: "tellOutcomeByNumber",
    summary: "Was the newest code for this number entered?",
    description:
      "The same for callers that know the person's number and not the id. It is taken for this client's newest live login delivery to the number; 404 when there is none, and then nothing was changed.",
    security: CLIENT,
    requestBody: body("NumberOutcomeRequest", {
      to: "+49 171 0000000",
      verified: true,
      at: "2026-01-05T10:00:42.000Z",
    }),
    responses: {
      200: {
        description: "Taken",
        content: jsonContent("Told", { id: EXAMPLE_ID, state: "verified", outcome: "verified" }),
      },
      ...problems("not_found", ...BODY, "invalid_recipient", ...AUTH, ...COMMON),
    },
  };
}

export function resendDelivery(): OperationObject {
  return {
    operationId: "resendDelivery",
    summary: "The person asked for the code once more",
    description:
      "The same code goes over the next route now, within the caps of one code; over the same route only when no other is left. Without a body, or with an empty object.",
    security: CLIENT,
    parameters: [DELIVERY_ID],
    requestBody: { ...jsonBody(NOTHING, {}), required: false },
    responses: {
      202: {
        description: "One more copy is planned, or one is on its way already",
        content: jsonContent("Resent", {
          id: EXAMPLE_ID,
          state: "sent",
          planned: true,
          route: "telegram-gateway",
        }),
      },
      ...problems("not_found", "nothing_to_send", "delivery_over", ...BODY, ...AUTH, ...COMMON),
    },
  };
}

export function cancelDelivery(): OperationObject {
  return {
    operationId: "cancelDelivery",
    summary: "Send nothing more",
    description:
      "What waits is not sent. A message that a provider has cannot be called back; its reports are still followed. Saying it twice is answered alike.",
    security: CLIENT,
    parameters: [DELIVERY_ID],
    responses: {
      200: {
        description: "Nothing more is sent",
        content: jsonContent("Cancelled", { id: EXAMPLE_ID, state: "cancelled", outcome: "cancelled" }),
      },
      ...problems("not_found", "delivery_over", ...AUTH, ...COMMON),
    },
  };
}

export function recallRefusals(): OperationObject {
  return {
    operationId: "recallRefusals",
    summary: "What was this client refused for a number?",
    description:
      "The newest 20 refusals of the last 24 hours, newest first, a moment after they happened. A POST, so that the number is in no URL.",
    security: CLIENT,
    requestBody: body("RefusalsRequest", { to: "+49 171 0000000" }),
    responses: {
      200: {
        description: "The refusals, or an empty list",
        content: jsonContent("Refusals", {
          refusals: [{ at: "2026-01-05T10:00:42.000Z", code: "recipient_limit", frontEnd: "playsms" }],
        }),
      },
      ...problems(...BODY, "invalid_recipient", ...AUTH, ...COMMON),
    },
  };
}

const NOTHING = { type: "object", maxProperties: 0 };

function body(schema: string, example: unknown) {
  return jsonBody(ref(schema), example);
}

function jsonBody(schema: Record<string, unknown>, example: unknown) {
  const examples = { body: { value: example } };
  return { required: true, content: { "application/json": { schema, examples } } };
}
