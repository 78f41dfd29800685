import { CLIENT_EVENTS, type ClientEventName, TEST_EVENT } from "../core/client-event.ts";
import { EXAMPLE_ID, type OperationObject, type ParameterObject, ref } from "./openapi-parts.ts";

/** What we post to a client's own address. Only the status of its answer is looked at. */

const SUMMARIES: Record<ClientEventName | typeof TEST_EVENT, string> = {
  "delivery.sent": "A provider took the code",
  "delivery.delivered": "The code is on the phone, by the provider's word",
  "delivery.verified": "The caller said that the code was entered",
  "delivery.failed": "Every route refused it",
  "delivery.expired": "It could not be sent within its life",
  "delivery.unconfirmed": "It was taken, or may have been, and no final report came",
  "delivery.cancelled": "It was taken back before anything was sent",
  "delivery.failed_over": "A later attempt begins on another route",
  [TEST_EVENT]: "An operator tries the address",
};

export function webhooks(): Record<string, { post: OperationObject }> {
  return Object.fromEntries(
    ([...CLIENT_EVENTS, TEST_EVENT] as const).map((name) => [name, { post: operation(name) }]),
  );
}

function operation(name: ClientEventName | typeof TEST_EVENT): OperationObject {
  return {
    operationId: `on_${name.replace(".", "_")}`,
    summary: SUMMARIES[name],
    description:
      "Signed as Standard Webhooks say; comes at least once, so drop a webhook-id that you have seen. Any 2xx within 5 s counts as taken.",
    parameters: HEADERS,
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: ref(name === TEST_EVENT ? "TestEvent" : "Event"),
          examples: { body: { value: example(name) } },
        },
      },
    },
    responses: {
      200: { description: "Taken; any other 2xx as well" },
      410: { description: "Switches the address off at once" },
      default: { description: "Tried again, ten times within three days; Retry-After is heeded" },
    },
  };
}

const HEADERS: ParameterObject[] = [
  header("webhook-id", "The same in every try of one event"),
  header("webhook-timestamp", "When this try was made, in seconds; refuse what is older than five minutes"),
  header(
    "webhook-signature",
    "v1, and a HMAC-SHA256 in base64; one for each live secret, with a space between",
  ),
];

function header(name: string, description: string): ParameterObject {
  return { name, in: "header", required: true, description, schema: { type: "string" } };
}

function example(type: ClientEventName | typeof TEST_EVENT): unknown {
  const timestamp = "2026-01-05T10:00:03.000Z";
  if (type === TEST_EVENT) return { type, timestamp, data: { clientId: "cloud" } };
  const failedOver = { attempt: 2, from: "seven-sms", to: "telegram-gateway", why: "silence" };
  const isMove = type === "delivery.failed_over";
  const state = isMove ? "sent" : type.slice(type.indexOf(".") + 1);
  return {
    type,
    timestamp,
    data: {
      id: EXAMPLE_ID,
      state,
      purpose: "login",
      reference: "session-17",
      recipient: "+49*********00",
      route: isMove ? "telegram-gateway" : "seven-sms",
      attempts: isMove ? 2 : 1,
      cost: [{ amount: "0.075", currency: "EUR" }],
      createdAt: "2026-01-05T10:00:00.000Z",
      expiresAt: "2026-01-05T10:05:00.000Z",
      ...(isMove ? { failedOver } : {}),
    },
  };
}
