import { z } from "zod";
import type { Delivery } from "../core/delivery.ts";
import type { Msisdn } from "../core/phone.ts";
import type { Rules } from "../core/rules.ts";
import type { Told } from "../flows/outcome.ts";
import type { Stored } from "../flows/ports.ts";
import { json, sandboxMark } from "./answer.ts";
import { recipientOf, TO_RULE, toSchema } from "./delivery-request.ts";
import { readJson } from "./json-body.ts";
import { type Caller, callerOf, type DeliveryDeps, ownDelivery } from "./own-delivery.ts";
import { type FieldRules, parseRequest } from "./parse-request.ts";
import { ApiError } from "./problem.ts";
import type { Route, Trace } from "./route.ts";

export type OutcomeDeps = DeliveryDeps & {
  rules: Pick<Rules, "closeAfterMs">;
  tellOutcome: (stored: Stored, verified: boolean) => Promise<Told>;
  newestLogin: (clientId: string, recipient: Msisdn) => Promise<string | undefined>;
};

const verified = z.boolean().meta({
  description: "true: the code was entered, nothing more is sent. false: a wrong one was; changes nothing.",
});

/** The body of POST /v1/deliveries/{id}/outcome. */
export const outcomeRequestSchema = z
  .strictObject({ verified })
  .meta({ description: "What became of a code." });

/** The body of POST /v1/outcomes. */
export const numberOutcomeRequestSchema = z
  .strictObject({
    to: toSchema,
    verified,
    at: z
      .union([z.iso.datetime({ offset: true }), z.int().positive()])
      .optional()
      .meta({
        description:
          "When it happened: ISO 8601 with offset, or epoch ms; now when absent. It keeps a late event of an older code from being taken for the newest one's.",
      }),
  })
  .meta({ description: "What became of the newest code for a number." });

type NumberOutcomeRequest = z.infer<typeof numberOutcomeRequestSchema>;

const RULES = { verified: "verified must be true or false." };
const NUMBER_RULES: FieldRules<NumberOutcomeRequest> = {
  ...RULES,
  to: TO_RULE,
  at: "at must be an ISO 8601 time with offset or whole epoch milliseconds.",
};

/** POST /v1/deliveries/{id}/outcome. */
export function postOutcome(deps: OutcomeDeps): Route["handle"] {
  return async (c, trace) => {
    const caller = await callerOf(deps, c, trace);
    const request = parseRequest(outcomeRequestSchema, RULES, await readJson(c.req.raw));
    const stored = await ownDelivery(deps, c, caller, trace);
    const told = await caller.budget.spend(deps.tellOutcome(stored, request.verified));
    if (told === "over") throw over();
    return answer(deps, stored, told, trace);
  };
}

/** POST /v1/outcomes, for callers that know the person's number and not our id. */
export function postOutcomeByNumber(deps: OutcomeDeps): Route["handle"] {
  return async (c, trace) => {
    const caller = await callerOf(deps, c, trace);
    const request = parseRequest(numberOutcomeRequestSchema, NUMBER_RULES, await readJson(c.req.raw));
    const recipient = recipientOf(request.to, caller.client);
    const stored = await liveLogin(deps, caller, recipient, instantOf(request, deps.clock.now()));
    trace.deliveryId = stored.delivery.id;
    const told = await caller.budget.spend(deps.tellOutcome(stored, request.verified));
    if (told === "over") throw noLiveLogin();
    return answer(deps, stored, told, trace);
  };
}

function answer(deps: OutcomeDeps, { delivery }: Stored, told: "verified" | "noted", trace: Trace): Response {
  trace.code = told;
  const state = told === "verified" ? told : delivery.state;
  return json(200, { id: delivery.id, state, outcome: told, ...sandboxMark(deps) });
}

function over(): ApiError {
  const detail =
    "The code died more than a minute ago; its delivery is closed and takes no outcome any more.";
  return new ApiError("delivery_over", detail);
}

/** Clocks of callers may run ahead by this much. */
const AHEAD_MAX_MS = 60_000;
/** Older events are of no use: the code that they speak of is long dead. */
const AGE_MAX_MS = 24 * 3_600_000;

/** @throws ApiError invalid_request */
function instantOf({ at }: NumberOutcomeRequest, now: number): number {
  if (at === undefined) return now;
  const instant = typeof at === "number" ? at : Date.parse(at);
  if (instant <= now + AHEAD_MAX_MS && instant >= now - AGE_MAX_MS) return instant;
  const detail = "at must be within the last 24 hours and at most 60 seconds ahead of our clock.";
  throw new ApiError("invalid_request", detail, { field: "at" });
}

/** @throws ApiError not_found, StoreUnavailable */
async function liveLogin(
  deps: OutcomeDeps,
  { client, budget }: Caller,
  recipient: Msisdn,
  at: number,
): Promise<Stored> {
  const id = await budget.spend(deps.newestLogin(client.id, recipient));
  const stored = id === undefined ? undefined : await budget.spend(deps.load(id));
  const diesAt = (stored?.delivery.expiresAt ?? 0) + deps.rules.closeAfterMs;
  const isMeant = stored?.delivery.clientId === client.id && isLive(stored.delivery, at);
  if (!stored || !isMeant || deps.clock.now() > diesAt) throw noLiveLogin();
  return stored;
}

/** How far a caller's clock may run behind ours. Small, for an event of the code before must not end this one. */
const BEHIND_MAX_MS = 5_000;

/** A code that nobody was sent was entered by nobody. */
function isLive({ state, createdAt }: Delivery, at: number): boolean {
  const isUnsent = state === "failed" || state === "expired" || state === "cancelled";
  return !isUnsent && at >= createdAt - BEHIND_MAX_MS;
}

function noLiveLogin(): ApiError {
  const detail = "There is no live login delivery of this client to this number; nothing was changed.";
  return new ApiError("not_found", detail);
}
