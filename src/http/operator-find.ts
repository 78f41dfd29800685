import type { Context } from "hono";
import { z } from "zod";
import type { Delivery } from "../core/delivery.ts";
import { type HelpContext, helpOf, helpWithNothing } from "../core/help-desk.ts";
import { LANGUAGES, type Language } from "../core/language.ts";
import { viewOf } from "../core/view.ts";
import type { PhoneFault } from "../core/phone.ts";
import type { FindQuery, FindResult } from "../flows/find.ts";
import type { Clock } from "../flows/ports.ts";
import type { RefusedRequest } from "../flows/limit-ports.ts";
import { json } from "./answer.ts";
import { readJson } from "./json-body.ts";
import { ApiError } from "./problem.ts";
import type { Route } from "./route.ts";
import { spokenInstant } from "./spoken-instant.ts";

/** The help desk's questions, for tools; the console asks the same. */
export type FindDesk = {
  clock: Pick<Clock, "now">;
  find: (query: FindQuery) => Promise<FindResult>;
  load: (id: string) => Promise<{ delivery: Delivery } | undefined>;
};

const term = z.string().trim().min(1).max(128);
const findSchema = z
  .strictObject({
    number: z.string().min(1).max(60).optional(),
    id: term.optional(),
    reference: z.string().min(1).max(200).optional(),
    message: term.optional(),
    client: z.string().min(1).max(64).optional(),
    region: z
      .string()
      .regex(/^[A-Za-z]{2}$/)
      .optional(),
    language: z.enum(LANGUAGES).default("en"),
  })
  .refine((body) => BY.filter((by) => body[by] !== undefined).length === 1);

const BY = ["number", "id", "reference", "message"] as const;

/** POST, for a number in a URL would end up in logs of proxies and browsers. */
export function postFind(desk: FindDesk) {
  return async (c: Context): Promise<Response> => {
    const { language, ...query } = parseFind(await readJson(c.req.raw));
    return json(200, foundView(desk, language, await desk.find(query), query.by));
  };
}

/** Of any client, with what can be said of it. */
export function getOperatorDelivery(desk: FindDesk): Route["handle"] {
  return async (c, trace) => {
    const id = c.req.param("id") ?? "";
    const language = LANGUAGES.find((l) => l === c.req.query("language")) ?? "en";
    const stored = /^[0-9a-f-]{36}$/.test(id) ? await desk.load(id) : undefined;
    if (!stored)
      throw new ApiError("not_found", "There is no delivery with this id. They are kept for 72 hours.");
    trace.deliveryId = id;
    const { delivery } = stored;
    return json(200, {
      ...viewOf(delivery, isoInstant, language),
      client: delivery.clientId,
      helpDesk: helpOf(delivery, contextOf(desk, language)),
    });
  };
}

/** Never says what was sent: it may hold a number. */
function parseFind(body: unknown): FindQuery & { language: Language } {
  const parsed = findSchema.safeParse(body);
  if (!parsed.success) {
    const detail =
      "Send one of number, id, reference and message, and perhaps client, region (DE) and language (en, de).";
    throw new ApiError("invalid_request", detail, {
      field: parsed.error.issues[0]?.path.join(".") || undefined,
    });
  }
  const { client, region, language, ...terms } = parsed.data;
  const by = BY.find((name) => terms[name] !== undefined) ?? "id";
  return { by, text: terms[by] ?? "", clientId: client, region, language };
}

const NUMBER_FAULTS: Record<PhoneFault, string> = {
  not_a_number: "This is not a telephone number.",
  several_numbers: "These are several numbers; look for one at a time.",
  no_country: "The number has no country code; write it with + in front, or name its region.",
  not_possible: "This is not a possible telephone number.",
};

function foundView(desk: FindDesk, language: Language, result: FindResult, by: FindQuery["by"]) {
  const context = contextOf(desk, language);
  switch (result.kind) {
    case "unreadable":
      throw new ApiError("invalid_recipient", NUMBER_FAULTS[result.fault], { field: "number" });
    case "several":
      return { result: "several", detail: SEVERAL, readings: result.readings };
    case "found":
      return {
        result: "found",
        deliveries: result.deliveries.map((delivery) => summaryOf(delivery, context)),
        more: result.more,
        refusals: result.refusals.map(refusalView),
      };
    case "nothing":
      return nothingView(result, by, context);
  }
}

const SEVERAL =
  "The number can be read in several ways. Name its region, or write it with + and country code.";

function nothingView(
  { silence, refusals }: Extract<FindResult, { kind: "nothing" }>,
  by: FindQuery["by"],
  context: HelpContext,
) {
  const { searchedSince, lastSent, lastLoginAt } = silence;
  const known = refusals.map(({ at, reason: code }) => ({ at, code }));
  const lastSentAt = lastSent[0]?.at;
  return {
    result: "nothing",
    searchedSince: isoInstant(searchedSince),
    refusals: refusals.map(refusalView),
    lastSent: lastSent.map(({ clientId: client, at }) => ({ client, at: isoInstant(at) })),
    ...(lastLoginAt === undefined ? {} : { lastLoginAt: isoInstant(lastLoginAt) }),
    helpDesk: helpWithNothing({ by, refusals: known, searchedSince, lastSentAt, lastLoginAt }, context),
  };
}

/** What a list shows; the rest is at the delivery's own address. */
function summaryOf(delivery: Delivery, context: HelpContext) {
  const { id, clientId: client, state, purpose, recipientMasked: recipient } = delivery;
  return {
    id,
    client,
    state,
    purpose,
    recipient,
    createdAt: isoInstant(delivery.createdAt),
    expiresAt: isoInstant(delivery.expiresAt),
    says: helpOf(delivery, context).says,
  };
}

function refusalView({ at, clientId: client, reason: code, door }: RefusedRequest) {
  return { at: isoInstant(at), client, code, ...(door === undefined ? {} : { frontEnd: door }) };
}

function contextOf({ clock }: FindDesk, language: Language): HelpContext {
  const now = clock.now();
  return { language, now, clock: spokenInstant(language, now) };
}

function isoInstant(at: number): string {
  return new Date(at).toISOString();
}
