import { createHash, createHmac } from "node:crypto";
import type { ReportReader, ReportReading, ReportRequest } from "../flows/report-port.ts";
import { parseJson } from "./said.ts";
import { sameHex } from "./same-hex.ts";
import { reportOfRequest, requestStatusSchema } from "./telegram-gateway-status.ts";

const BODY_MAX_BYTES = 16_384;

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
  const parsed = requestStatusSchema.safeParse(parseJson(new TextDecoder().decode(body)));
  if (!parsed.success) return { kind: "malformed", reason: "no request status" };
  const report = reportOfRequest(parsed.data);
  if (!report) return { kind: "reports", reports: [] };
  if (report.providerMessageId === undefined && report.reference === undefined) {
    return { kind: "malformed", reason: "no request_id" };
  }
  return { kind: "reports", reports: [report] };
}
