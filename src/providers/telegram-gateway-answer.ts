import { z } from "zod";
import type { RefusalReason, SendOutcome } from "../core/outcome.ts";
import { cost, messageId, parseJson, word } from "./said.ts";

const DOCS = "core.telegram.org/gateway/api";
const SEEN = "published captures of live answers";
const CLIENT = "error list of a production client";

/** Telegram's refusals. One that is not here is refused as unknown. */
export const TELEGRAM_ERRORS: readonly { error: string; reason: RefusalReason; source: string }[] = [
  { error: "PHONE_NUMBER_NOT_AVAILABLE", reason: "recipient_unreachable", source: SEEN },
  { error: "PHONE_NUMBER_NOT_FOUND", reason: "recipient_unreachable", source: CLIENT },
  { error: "PHONE_NUMBER_INVALID", reason: "recipient_invalid", source: CLIENT },
  { error: "ACCESS_TOKEN_INVALID", reason: "account_auth", source: DOCS },
  { error: "ACCESS_TOKEN_REQUIRED", reason: "account_auth", source: CLIENT },
  { error: "BALANCE_NOT_ENOUGH", reason: "account_credit", source: CLIENT },
  // The account's configuration, not the message, is at fault: no other message would pass.
  { error: "SENDER_USERNAME_INVALID", reason: "account_rights", source: CLIENT },
  { error: "SENDER_NOT_VERIFIED", reason: "account_rights", source: CLIENT },
  { error: "SENDER_NOT_OWNED", reason: "account_rights", source: CLIENT },
  { error: "UNKNOWN_METHOD", reason: "account_rights", source: CLIENT },
  { error: "CODE_INVALID", reason: "content_invalid", source: CLIENT },
  { error: "CODE_LENGTH_REQUIRED", reason: "content_invalid", source: CLIENT },
  { error: "CODE_LENGTH_INVALID", reason: "content_invalid", source: CLIENT },
  { error: "TTL_INVALID", reason: "content_invalid", source: CLIENT },
  { error: "PAYLOAD_INVALID", reason: "content_invalid", source: CLIENT },
  { error: "CALLBACK_URL_INVALID", reason: "content_invalid", source: CLIENT },
  { error: "REQUEST_ID_REQUIRED", reason: "content_invalid", source: CLIENT },
  { error: "REQUEST_ID_INVALID", reason: "content_invalid", source: CLIENT },
  { error: "PHONE_NUMBER_MISMATCH", reason: "content_invalid", source: CLIENT },
];

const reasons = new Map(TELEGRAM_ERRORS.map(({ error, reason }) => [error, reason]));

const answerSchema = z.discriminatedUnion("ok", [
  z.object({
    ok: z.literal(true),
    result: z.object({
      request_id: z.union([z.string(), z.number()]),
      request_cost: z.unknown().optional(),
    }),
  }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);

/** The outcome that an answer proves, undefined when it proves none. A refusal comes with HTTP 200 too. */
export function readTelegramAnswer(body: string): SendOutcome | undefined {
  const parsed = answerSchema.safeParse(parseJson(body));
  if (!parsed.success) return undefined;
  if (!parsed.data.ok) return refusal(parsed.data.error);
  const { request_id, request_cost } = parsed.data.result;
  const providerMessageId = messageId(request_id);
  if (providerMessageId === undefined) return undefined;
  return { kind: "accepted", providerMessageId, cost: cost(request_cost, "USD") };
}

function refusal(error: string): SendOutcome {
  const providerCode = word(error);
  if (error.includes("FLOOD_WAIT")) {
    return { kind: "unavailable", reason: "throttled", retryAfterMs: floodWaitMs(error), providerCode };
  }
  // Only said of a request id that sent before, so the person has or gets the code.
  if (error === "MESSAGE_ALREADY_SENT") {
    return { kind: "accepted", providerMessageId: undefined, providerCode };
  }
  return { kind: "refused", reason: reasons.get(error) ?? "unknown", providerCode };
}

/** Seconds at the end, as in Telegram's other interfaces; undefined without them. */
function floodWaitMs(error: string): number | undefined {
  const seconds = /FLOOD_WAIT_?(\d{1,3})$/.exec(error)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
