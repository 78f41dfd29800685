import { z } from "zod";
import {
  answerKind,
  condition,
  cost,
  locator,
  mappingFields,
  pointer,
  requestFields,
  statusCodes,
} from "./schema-parts.ts";

/** The shape of a provider file. What hangs together across fields is checked in check.ts. */

/** The same words as in core/outcome.ts, which may not depend on this format. */
const REASONS = [
  "recipient_invalid",
  "recipient_unreachable",
  "recipient_limit",
  "already_sent",
  "sender_invalid",
  "content_invalid",
  "account_credit",
  "account_auth",
  "account_rights",
  "unknown",
] as const;

const outcome = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("accepted") }),
  z.strictObject({ kind: z.literal("refused"), reason: z.enum(REASONS) }),
  z.strictObject({
    kind: z.literal("unavailable"),
    reason: z.enum(["throttled", "provider_fault"]).default("provider_fault"),
    retryLimit: z.int().min(0).max(3).optional().describe("Retries that make sense on this route."),
    retryAfterMs: z.int().min(0).max(600_000).optional(),
  }),
  z.strictObject({ kind: z.literal("uncertain") }),
]);

// No 5xx: after those nobody knows whether the message was taken, whatever the body says.
const errorRow = z
  .strictObject({
    statuses: statusCodes(200, 499).optional(),
    where: z.array(condition).min(1).max(10).optional(),
    code: z
      .string()
      .regex(/^[A-Za-z0-9_]{1,40}$/, "must be 1 to 40 letters, digits or _")
      .optional()
      .describe("Name of this error in timelines; errorCode or the HTTP status when left out."),
    outcome,
  })
  .describe("The first row that fits decides.");

// Nothing that signs requests: that differs with every provider and needs code.
const auth = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("header"),
    name: z.string().regex(/^[A-Za-z0-9-]{1,60}$/, "must be a header name"),
    value: z.string().max(200).describe("Such as: Token ${GATEWAYAPI_TOKEN}"),
  }),
  z.strictObject({ kind: z.literal("basic"), user: z.string().max(200), password: z.string().max(200) }),
  z.strictObject({ kind: z.literal("none") }),
]);

// Defaults are the cautious ones: statuses that mean success, and no row of errors.
const send = z.strictObject({
  method: z.enum(["POST", "PUT"]).default("POST"),
  ...requestFields,
  answer: answerKind,
  accepted: z
    .strictObject({
      statuses: statusCodes(200, 299).default([200, 201, 202]),
      where: z.array(condition).max(10).optional(),
      id: locator.optional().describe("The provider's message id. Without it no acceptance is believed."),
      cost: cost.optional(),
    })
    .describe("Everything here must hold; anything less is uncertain."),
  errorCode: locator.optional().describe("The provider's own word for an error."),
  errors: z.array(errorRow).max(100).default([]),
});

// Only reads: a look-up must never change what it looks at.
const record = { method: z.enum(["GET", "POST"]).default("GET"), ...requestFields };

// Absent must be provable here, since the message is sent again then.
const lookUp = z
  .strictObject({
    ...record,
    list: mappingFields.list,
    pageSize: z
      .int()
      .min(1)
      .max(1_000)
      .optional()
      .describe("A list this long may go on: nothing is absent then."),
    reference: pointer.describe("Our reference in a record."),
    id: locator,
    cost: cost.optional(),
    absent: z
      .strictObject({ statuses: statusCodes(200, 499), where: z.array(condition).min(1).max(10) })
      .optional()
      .describe("The answer that proves that the message never arrived."),
  })
  .describe("Finds a message by our reference after an answer was lost.");

const status = z
  .strictObject({ ...record, ...mappingFields })
  .describe("Asks for the state of an accepted message.");

// All of them cover the raw body or carry the report themselves; a signature over less proves too little.
const signature = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }).describe("The token in the path is the only proof."),
  z
    .strictObject({
      kind: z.literal("hmac-sha256"),
      header: z.string().regex(/^[A-Za-z0-9-]{1,60}$/, "must be a header name"),
      encoding: z.enum(["hex", "base64"]),
      prefix: z.string().max(20).optional().describe("Such as: sha256="),
      secret: z.string().max(200),
    })
    .describe("HMAC-SHA-256 over the raw body."),
  z
    .strictObject({
      kind: z.literal("jwt-claims"),
      header: z.string().regex(/^[A-Za-z0-9-]{1,60}$/, "must be a header name"),
      secret: z.string().max(200),
    })
    .describe("A JWT (HS256) whose claims are the report. The body is not read."),
  z
    .strictObject({ kind: z.literal("standard-webhooks"), secret: z.string().max(200) })
    .describe("webhook-id, webhook-timestamp, webhook-signature. The secret begins with whsec_."),
]);

const reports = z.strictObject({
  method: z.enum(["POST", "GET"]).default("POST"),
  body: z.enum(["json", "form"]).default("json").describe("A GET report is always read from its query."),
  signature,
  ...mappingFields,
});

export const httpFileSchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be 1 to 40 of a-z, 0-9 and -, a letter first")
      .describe("Name of the provider, as in the path of its reports."),
    route: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be 1 to 40 of a-z, 0-9 and -, a letter first")
      .optional()
      .describe("Id of the route; the name when left out."),
    channel: z.literal("sms"),
    account: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be 1 to 40 of a-z, 0-9 and -, a letter first")
      .optional()
      .describe("Routes of one account share rate and account faults; the name when left out."),
    baseUrl: z
      .string()
      .max(300)
      .describe("https URL; ${NAME:-https://...} lets the environment override it."),
    auth,
    sender: z.string().max(200).optional().describe("Value of {sender}. Such as: ${EXAMPLE_SENDER:-}"),
    textMax: z.int().min(1).max(1_520).default(1_520).describe("Longest text that is carried."),
    charset: z
      .enum(["any", "gsm-7"])
      .default("any")
      .describe("gsm-7: texts with other characters go by another route."),
    validity: z
      .strictObject({ minSeconds: z.int().min(1).max(86_400), maxSeconds: z.int().min(1).max(604_800) })
      .optional()
      .describe("Bounds of {validForSeconds} and {validForMinutes}."),
    rate: z.strictObject({
      perSecond: z.number().min(0).max(1_000).describe("Contracted rate of the account; 0 sends unpaced."),
      concurrency: z.int().min(1).max(128).default(32).describe("Calls in flight at once."),
    }),
    silenceMs: z
      .int()
      .min(1_000)
      .max(600_000)
      .optional()
      .describe("Silence after an accept that moves on to the next route. Needs reports or status."),
    send,
    lookUp: lookUp.optional(),
    status: status.optional(),
    reports: reports.optional(),
  })
  .describe("An SMS provider of otpost, defined without code. See docs/http-provider.md.");

export type HttpFile = z.output<typeof httpFileSchema>;
export type SendRules = HttpFile["send"];
export type LookUpRules = NonNullable<HttpFile["lookUp"]>;
export type StatusRules = NonNullable<HttpFile["status"]>;
export type ReportRules = NonNullable<HttpFile["reports"]>;
export type SignatureRules = ReportRules["signature"];
export type Condition = z.output<typeof condition>;
export type Locator = z.output<typeof locator>;
export type Mapping = Pick<ReportRules, "id" | "reference" | "status" | "statuses" | "at" | "list">;
export type CostRules = z.output<typeof cost>;
/** The parts of a request that are templates. */
export type RequestRules = { method: "GET" | "POST" | "PUT" } & Pick<SendRules, "path" | "headers" | "body">;
