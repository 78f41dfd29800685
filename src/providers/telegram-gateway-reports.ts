import { createHash, createHmac } from "node:crypto";
import { z } from "zod";
import type { ReportStatus } from "../core/report.ts";
import type { ReportReader, ReportReading, ReportRequest } from "../flows/ports.ts";
import { messageId, ourReference, parseJson, word } from "./said.ts";
import { sameHex } from "./same-hex.ts";

const BODY_MAX_BYTES = 16_384;

/** Source: core.telegram.org/gateway/api, DeliveryStatus. Any other word is kept but moves nothing. */
export const TELEGRAM_STATUSES: ReadonlyMap<string, ReportStatus> = new Map([
  ["sent", "transmitted"],
  ["delivered", "delivered"],
  ["read", "delivered"],
  ["expired", "undelivered"],
  ["revoked", "undelivered"],
]);

const reportSchema = z.object({
  request_id: z.union([z.string(), z.number()]),
  payload: z.string().max(128).optional().catch(undefined),
  delivery_status: z
    .object({ status: z.string(), updated_at: z.number().optional().catch(undefined) })
    .optional(),
});

/** Reads Telegram's reports. They are signed with the token, so each one can be proved. */
export function createTelegramReports(token: string): ReportReader {
  // The raw 32 bytes of the hash are the key, not its hex text. Source: core.telegram.org/gateway/api.
  const key = createHash("sha256").update(token).digest();
  return {
    provider: "telegram-gateway",
    read: (request) => {
      if (request.body.length > BODY_MAX_BYTES) return { kind: "malformed", reason: "body over 16 KiB" };
      return isAuthentic(request, key) ? reading(request) : { kind: "unauthentic" };
    },
  };
}

/** An old time stamp is no fault: a report is retried for long and only ever moves a delivery forward. */
function isAuthentic({ header, body }: ReportRequest, key: Buffer): boolean {
  const signature = header("x-request-signature") ?? "";
  const timestamp = header("x-request-timestamp") ?? "";
  if (!/^[0-9a-f]{64}$/i.test(signature) || !/^\d{1,13}$/.test(timestamp)) return false;
  const expected = createHmac("sha256", key).update(`${timestamp}\n`).update(body).digest("hex");
  return sameHex(expected, signature);
}

function reading({ body }: ReportRequest): ReportReading {
  const parsed = reportSchema.safeParse(parseJson(new TextDecoder().decode(body)));
  if (!parsed.success) return { kind: "malformed", reason: "no request status" };
  const { request_id, payload, delivery_status: delivery } = parsed.data;
  // A verification status speaks of a code typed in at Telegram, which is not how our callers check theirs.
  if (!delivery) return { kind: "reports", reports: [] };
  const report = {
    status: TELEGRAM_STATUSES.get(delivery.status) ?? "unknown",
    said: word(delivery.status),
    providerMessageId: messageId(request_id),
    reference: ourReference(payload),
    reportedAt: delivery.updated_at === undefined ? undefined : delivery.updated_at * 1_000,
  };
  if (report.providerMessageId === undefined && report.reference === undefined) {
    return { kind: "malformed", reason: "no request_id" };
  }
  return { kind: "reports", reports: [report] };
}
