import { z } from "zod";
import { codeIn, type Content, parseText, purposeOf, type TextFault, textForCode } from "../core/message.ts";
import { type Msisdn, type PhoneFault, parseMsisdn } from "../core/phone.ts";
import type { AcceptRequest } from "../flows/accept.ts";
import type { Client } from "../flows/ports.ts";
import { type FieldRules, parseRequest } from "./parse-request.ts";
import { ApiError } from "./problem.ts";

/** Life of a code, ms. Source: NIST SP 800-63B-4, 3.1.3 (10 minutes at most). */
export const VALID_MIN_MS = 60_000;
export const VALID_MAX_MS = 600_000;
export const VALID_DEFAULT_MS = 300_000;

/** Route ids as the policy file allows them: safe in keys, queue names and metric labels. */
const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

export const toSchema = z
  .string()
  .min(1)
  .max(64)
  .meta({
    description: "One telephone number, international, or national if the client has a home region.",
    examples: ["+49 171 0000000"],
  });

/** The body of POST /v1/deliveries. Validates and, through OpenAPI, documents. */
export const deliveryRequestSchema = z
  .strictObject({
    to: toSchema,
    code: z
      .string()
      .regex(/^[0-9A-Za-z]{4,10}$/)
      .optional()
      .meta({ description: "The bare code; otpost writes the text around it.", examples: ["482913"] }),
    text: z
      .string()
      .min(1)
      .max(2000)
      .optional()
      .meta({ description: "The whole text, sent as it is. Exactly one of code and text." }),
    template: z
      .string()
      .max(64)
      .optional()
      .meta({ description: "A configured template. None is configured yet, so any name is refused." }),
    locale: z
      .string()
      .regex(/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$/)
      .optional()
      .meta({ description: "Language of the text around a bare code.", examples: ["de"] }),
    validForMs: z
      .int()
      .min(VALID_MIN_MS)
      .max(VALID_MAX_MS)
      .optional()
      .meta({
        description: `How long the code lives from now on, ms; ${VALID_DEFAULT_MS} when neither this nor expiresAt is sent.`,
      }),
    expiresAt: z
      .union([z.iso.datetime({ offset: true }), z.int().positive()])
      .optional()
      .meta({
        description:
          "When the code dies: ISO 8601 with offset, or epoch ms; one to ten minutes ahead, except in a repeat.",
      }),
    purpose: z
      .enum(["login", "enrolment", "test"])
      .optional()
      .meta({ description: "What the code is for; told from the text when absent." }),
    reference: z
      .string()
      .regex(/^[A-Za-z0-9._:@-]{1,64}$/)
      .optional()
      .meta({ description: "Your own word for this delivery. Put no number and no code into it." }),
    routes: z
      .array(id)
      .min(1)
      .max(8)
      .optional()
      .meta({ description: "Routes to try, in order; the configured order when absent." }),
  })
  .meta({ description: "A code or a text for one person." });

export type DeliveryRequest = z.infer<typeof deliveryRequestSchema>;

/** Who it is for; every body that names a person does it alike. */
export const TO_RULE = "to must be one telephone number, a string of 1 to 64 characters.";

const RULES: FieldRules<DeliveryRequest> = {
  to: TO_RULE,
  code: "code must be a string of 4 to 10 digits or letters.",
  text: "text must be a string of 1 to 2000 characters.",
  template: "template must be the name of a configured template.",
  locale: "locale must be a language tag such as en or de-AT.",
  validForMs: `validForMs must be a whole number from ${VALID_MIN_MS} to ${VALID_MAX_MS}.`,
  expiresAt: "expiresAt must be an ISO 8601 time with offset or whole epoch milliseconds.",
  purpose: "purpose must be login, enrolment or test.",
  reference: "reference must be 1 to 64 characters of A-Z a-z 0-9 . _ : @ -",
  routes: "routes must be a list of 1 to 8 route ids.",
};

/**
 * The whole meaning of a request, or the first reason why it is refused.
 * @throws ApiError
 */
export function parseDeliveryRequest(
  body: unknown,
  client: Client,
  now: number,
  idempotencyKey?: string,
): AcceptRequest {
  const request = parseRequest(deliveryRequestSchema, RULES, body);
  if (request.template !== undefined) {
    throw new ApiError("unknown_template", "No template is configured under this name.", {
      field: "template",
    });
  }
  const content = contentOf(request);
  const recipient = recipientOf(request.to, client);
  return {
    client,
    recipient,
    content,
    purpose: request.purpose ?? (request.code === undefined ? purposeOf(content) : "login"),
    ...lifeOf(request, now),
    reference: request.reference,
    routes: request.routes,
    idempotencyKey,
    fingerprint: fingerprint(request, recipient, content),
  };
}

/** A bare code gets our text; a text is searched for the code that other channels have to be given alone. */
function contentOf({ code, text, locale }: DeliveryRequest): Content {
  if (code !== undefined && text === undefined) return { code, text: textForCode(code, locale) };
  if (code === undefined && text !== undefined) return textContent(text);
  const field = code === undefined ? "code" : "text";
  throw new ApiError("invalid_request", "Send exactly one of code and text.", { field });
}

const TEXT_FAULTS: Record<TextFault, string> = {
  empty: "The text is empty.",
  too_long: "The text is longer than 1520 characters.",
  control_characters: "The text holds control, invisible or direction-changing characters.",
};

/** @throws ApiError invalid_text */
export function textContent(raw: string): Content {
  const text = parseText(raw);
  if (typeof text === "string") return { code: codeIn(text), text };
  throw new ApiError("invalid_text", TEXT_FAULTS[text.fault], { field: "text" });
}

const PHONE_FAULTS: Record<PhoneFault, string> = {
  not_a_number: "The recipient is not a telephone number.",
  several_numbers: "The recipient holds several numbers; send one request for each.",
  no_country:
    "The recipient has no country code and this client has no home region; write it with + in front.",
  not_possible: "The recipient is not a possible telephone number.",
};

/** @throws ApiError invalid_recipient */
export function recipientOf(to: string, client: Client): Msisdn {
  const recipient = parseMsisdn(to, client.region);
  if (typeof recipient === "string") return recipient;
  throw new ApiError("invalid_recipient", PHONE_FAULTS[recipient.fault], { field: "to" });
}

/**
 * Both forms have the same bounds. An absolute time is taken against our clock, so a caller whose clock is wrong
 * is refused instead of sending codes that are dead or too old. It also comes nearer with every repeat, which has
 * the answer of the first call nevertheless: only who knows the earlier ones can refuse it.
 */
function lifeOf(
  { validForMs: ms, expiresAt }: DeliveryRequest,
  now: number,
): Pick<AcceptRequest, "validForMs" | "isOutOfBounds"> {
  if (expiresAt === undefined) return { validForMs: ms ?? VALID_DEFAULT_MS };
  if (ms !== undefined) {
    throw new ApiError("invalid_request", "Send validForMs or expiresAt, not both.", { field: "expiresAt" });
  }
  const leftMs = (typeof expiresAt === "number" ? expiresAt : Date.parse(expiresAt)) - now;
  return { validForMs: leftMs, isOutOfBounds: leftMs < VALID_MIN_MS || leftMs > VALID_MAX_MS };
}

/** What the caller meant, not how it was written: field order and number format are free. */
function fingerprint(request: DeliveryRequest, recipient: Msisdn, { text }: Content): string {
  const { code, validForMs: ms, expiresAt, purpose, reference, routes } = request;
  return JSON.stringify([recipient, code ?? null, text, ms, expiresAt, purpose, reference, routes]);
}
