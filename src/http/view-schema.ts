import { z } from "zod";
import { CLIENT_EVENTS, TEST_EVENT } from "../core/client-event.ts";
import { ATTEMPT_STATES, DELIVERY_STATES, type PlanReason, type Purpose } from "../core/delivery.ts";
import { PROBLEMS } from "./problem.ts";

/** The shapes of our answers, for OpenAPI. Tests parse real answers with them, so they cannot drift. */

/** Held against the unions of core: a new word has to be documented. */
const PURPOSES = ["login", "enrolment", "test"] as const satisfies readonly Purpose[];
const REASONS: Record<PlanReason, true> = {
  first: true,
  retry: true,
  absent: true,
  refused: true,
  unavailable: true,
  undelivered: true,
  silence: true,
  buffered: true,
  doubt: true,
  busy: true,
  circuit: true,
  quiet: true,
  probe: true,
  again: true,
  resend: true,
};

const instant = z.iso.datetime();
const state = z.enum(DELIVERY_STATES);
const why = z.enum(Object.keys(REASONS) as PlanReason[]);
const ms = z.number().min(0);
const sandbox = z
  .literal(true)
  .optional()
  .meta({ description: "Present while a twin stands in for providers." });
const price = z.strictObject({ amount: z.string().regex(/^\d+\.\d+$/), currency: z.string() });

export const acceptedSchema = z.strictObject({
  id: z.uuid(),
  state,
  expiresAt: instant.meta({ description: "After this the code is dead and is not sent any more." }),
  sandbox,
});

export const refusalsSchema = z.strictObject({
  refusals: z.array(
    z.strictObject({
      at: instant,
      code: z.string().meta({ description: "The code that the answer had." }),
      frontEnd: z.string().optional().meta({ description: "Absent for the native API." }),
    }),
  ),
});

const attemptSchema = z.strictObject({
  number: z.int().min(1),
  route: z.string(),
  why: why.meta({ description: "Why this attempt was made." }),
  state: z.enum(ATTEMPT_STATES),
  detail: z.string().optional().meta({ description: "Why the call did not end in an accept." }),
  providerCode: z.string().optional(),
  providerMessageId: z.string().optional(),
  plannedAt: instant,
  startedAt: instant,
  settledAt: instant.optional(),
  acceptedAt: instant.optional(),
  deliveredAt: instant.optional(),
  leftAt: instant.optional().meta({ description: "When the next route was taken although this may arrive." }),
  leftFor: why.optional(),
  waitedMs: ms.meta({ description: "Time in the route's lane." }),
  tookMs: ms.optional().meta({ description: "From the intent to the known outcome." }),
  cost: price.optional().meta({ description: "What is to pay: nothing of a price that was given back." }),
  refund: price.optional().meta({ description: "The price that the provider gave back." }),
  refundedAt: instant.optional(),
  reports: z.array(z.strictObject({ status: z.string(), said: z.string(), at: instant })),
});

export const deliverySchema = z.strictObject({
  id: z.uuid(),
  state,
  purpose: z.enum(PURPOSES),
  reference: z.string().optional(),
  door: z.string().optional().meta({ description: "Front end that it came through; absent for this API." }),
  recipient: z
    .string()
    .meta({ description: "Country code and last two digits.", examples: ["+49*********00"] }),
  createdAt: instant,
  expiresAt: instant,
  endedAt: instant.optional(),
  cancelledAt: instant.optional().meta({ description: "When the caller cancelled it." }),
  verifiedAt: instant.optional().meta({ description: "When the caller said that the code was entered." }),
  late: z.literal(true).optional().meta({ description: "Reported delivered after an end was recorded." }),
  plan: z.array(z.string()),
  skipped: z.array(z.strictObject({ route: z.string(), why: z.enum(["content", "consent", "unknown"]) })),
  next: z.strictObject({ attempt: z.int().min(1), route: z.string(), why, notBefore: instant }).optional(),
  attempts: z.array(attemptSchema),
  cost: z.array(price).meta({ description: "Sum over the attempts without refunds, by currency." }),
  timeline: z.array(
    z.strictObject({
      at: instant,
      kind: z.string(),
      attempt: z.int().min(1).optional(),
      text: z.string().meta({ description: "One sentence for people." }),
    }),
  ),
  sandbox,
});

const timings = {
  createdAt: instant,
  expiresAt: instant,
  sentAt: instant.optional().meta({ description: "First accept of a provider." }),
  deliveredAt: instant.optional(),
  verifiedAt: instant.optional(),
  cancelledAt: instant.optional(),
  endedAt: instant.optional(),
};

/** What a client is sent of a delivery; held against core by a test. */
export const eventSchema = z.strictObject({
  type: z.enum(CLIENT_EVENTS),
  timestamp: instant.meta({ description: "When it happened; the same in every try." }),
  data: z.strictObject({
    id: z.uuid(),
    state: state.meta({ description: "When this was sent; may be further than the type says." }),
    purpose: z.enum(PURPOSES),
    reference: z.string().optional(),
    recipient: z.string().meta({ description: "Country code and last two digits." }),
    route: z
      .string()
      .optional()
      .meta({ description: "Of the delivered message, else of the newest attempt." }),
    attempts: z.int().min(0),
    cost: z.array(price),
    ...timings,
    late: z.literal(true).optional(),
    failedOver: z
      .strictObject({ attempt: z.int().min(2), from: z.string(), to: z.string(), why })
      .optional()
      .meta({ description: "With delivery.failed_over: the attempt that began on another route." }),
  }),
});

export const testEventSchema = z.strictObject({
  type: z.literal(TEST_EVENT),
  timestamp: instant,
  data: z.strictObject({ clientId: z.string() }),
});

export const toldSchema = z.strictObject({
  id: z.uuid(),
  state,
  outcome: z.enum(["verified", "noted"]).meta({ description: "noted: it changes nothing." }),
  sandbox,
});

export const resentSchema = z.strictObject({
  id: z.uuid(),
  state,
  planned: z
    .boolean()
    .meta({ description: "false: a copy is on its way already, no other one was planned." }),
  route: z.string().optional().meta({ description: "Where the new copy goes." }),
  detail: z.string().optional().meta({ description: "Why none was planned." }),
  sandbox,
});

export const cancelledSchema = z.strictObject({
  id: z.uuid(),
  state,
  outcome: z.enum(["cancelled", "stopped"]).meta({
    description: "stopped: a provider may have a message already; it may still arrive, nothing more is sent.",
  }),
  sandbox,
});

export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  code: z.enum(Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[]),
  detail: z.string().meta({ description: "One plain sentence; never a code, a number or a key." }),
  field: z.string().optional(),
  instance: z.string().meta({ description: "Names the request in the log of the service." }),
});

export const readinessSchema = z.strictObject({
  ready: z.boolean(),
  draining: z.boolean(),
  checks: z.record(z.string(), z.string()),
});

export const playsmsAnswerSchema = z.strictObject({
  data: z.array(
    z.strictObject({
      status: z.literal("OK"),
      error: z.literal("0"),
      smslog_id: z.uuid(),
      queue: z.uuid(),
      to: z.string(),
    }),
  ),
  error_string: z.null(),
  timestamp: z.int(),
  sandbox,
});

export const playsmsErrorSchema = z.strictObject({
  status: z.literal("ERR"),
  error: z.enum(["100", "101", "102", "200", "201"]),
  error_string: z.string(),
});
