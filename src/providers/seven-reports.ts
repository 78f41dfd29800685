import type { Report, ReportStatus } from "../core/report.ts";
import type { ReportReader, ReportReading, ReportRequest } from "../flows/report-port.ts";
import type { TrialReport } from "./provider.ts";
import { messageId, ourReference, parseJson, word } from "./said.ts";
import { sameHex } from "./same-hex.ts";
import { sevenSignature, sevenSignedHeaders } from "./seven-signature.ts";
import { parseSevenTime } from "./seven-time.ts";

/** seven's own reports have some 200 bytes. */
const BODY_MAX_BYTES = 16_384;
const FIELD_MAX = 128;

/** Source: docs.seven.io, webhooks (SMS status). Any other word is kept but moves nothing. */
export const SEVEN_STATUSES: ReadonlyMap<string, ReportStatus> = new Map([
  ["ACCEPTED", "accepted"],
  ["TRANSMITTED", "transmitted"],
  ["BUFFERED", "buffered"],
  ["DELIVERED", "delivered"],
  ["NOTDELIVERED", "undelivered"],
  ["EXPIRED", "undelivered"],
  ["REJECTED", "undelivered"],
  ["FAILED", "undelivered"],
]);

/** One field of a report by its name; only texts and numbers of bounded length count. */
type Field = (name: string) => string | undefined;
type Fields = { top: Field; data: Field };

/**
 * Reads the reports of an account-wide webhook in its three forms and the older flat status URL. Without
 * a signing key the token in the path is all the proof there is.
 */
export function createSevenReports(signingKeys: readonly string[]): ReportReader {
  return {
    provider: "seven",
    read: (request) => {
      if (request.body.length > BODY_MAX_BYTES) return { kind: "malformed", reason: "body over 16 KiB" };
      if (signingKeys.length > 0 && !isAuthentic(request, signingKeys)) return { kind: "unauthentic" };
      const fields = readFields(request);
      return fields ? reading(fields) : { kind: "malformed", reason: "neither JSON nor form" };
    },
  };
}

/**
 * Whether retries are signed afresh is not documented, so an old time stamp is no fault: a report only
 * moves a delivery forward, and a repeat changes nothing.
 */
function isAuthentic(request: ReportRequest, keys: readonly string[]): boolean {
  const signature = request.header("x-signature") ?? "";
  const timestamp = request.header("x-timestamp") ?? "";
  const nonce = request.header("x-nonce") ?? "";
  if (!/^[0-9a-f]{64}$/i.test(signature) || !/^\d{1,13}$/.test(timestamp) || nonce.length > FIELD_MAX)
    return false;
  const { method, body } = request;
  return signedUrls(request).some((url) =>
    keys.some((key) => sameHex(sevenSignature(key, { timestamp, nonce, method, url, body }), signature)),
  );
}

/** The documentation signs the whole registered URL, seven's own verifier the path and query. Both occur. */
function signedUrls({ url, pathAndQuery }: ReportRequest): string[] {
  const registered = URL.canParse(url) ? [url, url.slice(new URL(url).origin.length)] : [url];
  const query = pathAndQuery.includes("?") ? pathAndQuery.slice(pathAndQuery.indexOf("?") + 1) : "";
  // A GET hook adds its fields to the registered URL.
  const extended =
    query === "" ? [] : registered.map((one) => `${one}${one.includes("?") ? "&" : "?"}${query}`);
  return [...new Set([...registered, pathAndQuery, ...extended])];
}

function readFields({ method, query, header, body }: ReportRequest): Fields | undefined {
  if (method === "GET") return formFields(query);
  const text = new TextDecoder().decode(body);
  const isJson = (header("content-type") ?? "").includes("json") || text.trimStart().startsWith("{");
  return isJson ? jsonFields(parseJson(text)) : formFields(new URLSearchParams(text));
}

/** PHP writes nested fields as `data[msg_id]`; the older status URL is flat. */
function formFields(form: URLSearchParams): Fields {
  const top: Field = (name) => bounded(form.get(name));
  return { top, data: (name) => bounded(form.get(`data[${name}]`)) ?? top(name) };
}

function jsonFields(value: unknown): Fields | undefined {
  const top = objectField(value);
  if (!top) return undefined;
  const data = objectField(Object.getOwnPropertyDescriptor(value, "data")?.value);
  return { top, data: data ?? top };
}

/** Own properties only, so that a key like `__proto__` finds nothing. */
function objectField(value: unknown): Field | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return (name) => bounded(Object.getOwnPropertyDescriptor(value, name)?.value);
}

function bounded(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.length <= FIELD_MAX ? value : undefined;
}

function reading({ top, data }: Fields): ReportReading {
  // The hook is account-wide: inbound messages, calls and clicks of other applications come here too.
  const event = top("webhook_event");
  if (event !== undefined && event !== "dlr") return { kind: "reports", reports: [] };
  const providerMessageId = messageId(data("msg_id"));
  const status = data("status");
  if (providerMessageId === undefined) return { kind: "malformed", reason: "no msg_id" };
  if (status === undefined) return { kind: "malformed", reason: "no status" };
  const report: Report = {
    status: SEVEN_STATUSES.get(status.toUpperCase()) ?? "unknown",
    said: word(status),
    providerMessageId,
    reference: ourReference(data("foreign_id")),
    reportedAt: parseSevenTime(data("timestamp")) ?? parseSevenTime(top("webhook_timestamp")),
  };
  return { kind: "reports", reports: [report] };
}

/** An event that is no delivery report is taken and moves nothing. */
export function sevenTrialReport(key: string | undefined, url: string, now: number): TrialReport {
  const body = JSON.stringify({ webhook_event: "trial", data: {} });
  const signed = key === undefined ? {} : sevenSignedHeaders(key, { method: "POST", url, body }, now);
  return { headers: { "content-type": "application/json", ...signed }, body };
}
