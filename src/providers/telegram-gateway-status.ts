import { z } from "zod";
import type { Report, ReportStatus } from "../core/report.ts";
import type { StatusReading } from "../flows/ports.ts";
import type { CallResult } from "./call.ts";
import { messageId, ourReference, parseJson, word } from "./said.ts";

/** Source: core.telegram.org/gateway/api, DeliveryStatus. Any other word is kept but moves nothing. */
export const TELEGRAM_STATUSES: ReadonlyMap<string, ReportStatus> = new Map([
  ["sent", "transmitted"],
  ["delivered", "delivered"],
  ["read", "delivered"],
  ["expired", "undelivered"],
  ["revoked", "undelivered"],
]);

/**
 * The object that reports carry and checkVerificationStatus returns. A verification status in it speaks of a
 * code typed in at Telegram, which is not how our callers check theirs, so it is not read.
 */
export const requestStatusSchema = z.object({
  request_id: z.union([z.string(), z.number()]),
  payload: z.string().max(128).optional().catch(undefined),
  /** Of a message that was not delivered within its ttl. Source: core.telegram.org/gateway/api. */
  is_refunded: z.boolean().optional().catch(undefined),
  delivery_status: z
    .object({ status: z.string(), updated_at: z.number().optional().catch(undefined) })
    .optional(),
});

/** undefined while nothing is said of delivery or money. */
export function reportOfRequest(status: z.output<typeof requestStatusSchema>): Report | undefined {
  const { request_id, payload, is_refunded, delivery_status: delivery } = status;
  if (!delivery && !is_refunded) return undefined;
  const { status: said, updated_at } = delivery ?? { status: "refunded" };
  return {
    status: TELEGRAM_STATUSES.get(said) ?? "unknown",
    said: word(said),
    providerMessageId: messageId(request_id),
    reference: ourReference(payload),
    reportedAt: updated_at === undefined ? undefined : updated_at * 1_000,
    ...(is_refunded ? { isRefunded: true as const } : {}),
  };
}

const answerSchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), result: requestStatusSchema }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);

/**
 * What an answer to checkVerificationStatus says of the message that was asked for. A refusal comes with
 * HTTP 200 too; only the one about the id speaks of the message, all others of the call.
 */
export function readTelegramStatus(result: CallResult, providerMessageId: string): StatusReading {
  const body = result.kind === "answer" && result.status === 200 ? parseJson(result.body) : undefined;
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return { kind: "unreadable" };
  if (!parsed.data.ok) {
    return { kind: parsed.data.error === "REQUEST_ID_INVALID" ? "unknown" : "unreadable" };
  }
  const { result: status } = parsed.data;
  if (messageId(status.request_id) !== providerMessageId) return { kind: "unreadable" };
  const report = reportOfRequest(status);
  return report ? { kind: "known", report } : { kind: "unknown" };
}
