import { createHash, createHmac } from "node:crypto";
import type { ReportStatus } from "../../../src/core/report.ts";
import type { StatusReading } from "../../../src/flows/ports.ts";
import type { ReportRequest } from "../../../src/flows/report-port.ts";
import { seven } from "../../../src/providers/seven.ts";
import { startTwin } from "../../../src/twins/serve.ts";
import type { Reply } from "../../support/faulty-server.ts";
import {
  altered,
  aReportRequest,
  CODE,
  REFERENCE,
  REPORT_URL,
  TO,
  type ProviderBench,
} from "../provider-bench.ts";

const KEY = "seven-key-0f1e2d3c4b5a";
const SIGNING_KEY = "seven-signing-key-99aa88bb";
const TEXT = `${CODE} is your verification code.`;

/** The documented object of a send to one recipient. */
export function sevenAnswer(top: object = {}, message: object = {}): string {
  const sent = { id: "77000000001", sender: "Acme", recipient: TO.slice(1), text: TEXT, encoding: "gsm" };
  const priced = { label: null, parts: 1, udh: null, is_binary: false, price: 0.075 };
  const told = { success: true, error: null, error_text: null };
  return JSON.stringify({
    success: "100",
    total_price: 0.075,
    balance: 41.25,
    debug: "false",
    sms_type: "direct",
    messages: [{ ...sent, ...priced, ...told, ...message }],
    ...top,
  });
}

/** One row of the outbound journal; all its values are strings. */
export function journalRow(foreignId: string, id = "77000000001"): object {
  const row = { id, to: TO.slice(1), from: "Acme", text: TEXT, timestamp: "2026-01-05 10:00:00" };
  const more = { price: "0.0750", dlr: "DELIVERED", dlr_timestamp: "2026-01-05 10:00:03", mccmnc: "26201" };
  return { ...row, ...more, latency: "3.1000", type: "direct", channel: "SMS", foreign_id: foreignId };
}

/** The row of our message behind that of another one, as it stands should the id filter be ignored. */
function statusReply(change: object): Reply {
  return ok(JSON.stringify([journalRow("another", "1"), { ...journalRow(REFERENCE), ...change }]));
}

function known(status: ReportStatus, said: string): StatusReading {
  const at = { reportedAt: Date.UTC(2026, 0, 5, 9, 0, 3) };
  return {
    kind: "known",
    report: { status, said, providerMessageId: "77000000001", reference: REFERENCE, ...at },
  };
}

const ok = (body: string): Reply => ({ kind: "answer", status: 200, body });

function signed(
  request: ReportRequest,
  signedUrl: string,
  key = SIGNING_KEY,
  at = 1_700_000_000,
): ReportRequest {
  const nonce = "0123456789abcdef0123456789abcdef";
  const md5 = createHash("md5").update(request.body).digest("hex");
  const lines = [String(at), nonce, request.method, signedUrl, md5].join("\n");
  const headers: Record<string, string> = {
    "x-signature": createHmac("sha256", key).update(lines).digest("hex"),
    "x-timestamp": String(at),
    "x-nonce": nonce,
  };
  return altered(request, { header: (name, value) => headers[name.toLowerCase()] ?? value });
}

const JSON_BODY =
  '{"webhook_event":"dlr","webhook_timestamp":"2026-01-05T10:00:03+01:00","data":{"msg_id":"77000000001","status":"DELIVERED","timestamp":"2026-01-05 10:00:03.000000"}}';
const FORM =
  "data%5Bmsg_id%5D=77000000001&data%5Bstatus%5D=DELIVERED&data%5Btimestamp%5D=2026-01-05+10%3A00%3A03.000000&webhook_event=dlr&webhook_timestamp=2026-01-05T10%3A00%3A03%2B01%3A00";
const PATH = new URL(REPORT_URL).pathname;
const DELIVERED = {
  status: "delivered" as const,
  said: "DELIVERED",
  providerMessageId: "77000000001",
  reference: undefined,
  reportedAt: Date.UTC(2026, 0, 5, 9, 0, 3),
};

const json = aReportRequest({ headers: { "content-type": "application/json" }, body: JSON_BODY });
const form = aReportRequest({ headers: { "content-type": "application/x-www-form-urlencoded" }, body: FORM });
const get = aReportRequest({ method: "GET", query: FORM });
const flat = aReportRequest({
  method: "GET",
  query: "msg_id=77000000001&status=NOTDELIVERED&timestamp=2020-07-09+15%3A41%3A30.656",
});

export const sevenBench: ProviderBench = {
  definition: seven,
  env: (baseUrl) => ({ SEVEN_API_KEY: KEY, SEVEN_SIGNING_KEY: SIGNING_KEY, SEVEN_BASE_URL: baseUrl }),
  secrets: [KEY, SIGNING_KEY],
  carried: { code: CODE, text: TEXT },
  notCarried: [
    { code: undefined, text: "" },
    { code: undefined, text: "x".repeat(1_521) },
  ],
  http: {
    accept: ok(sevenAnswer()),
    providerMessageId: "77000000001",
    refusals: [
      { reply: ok("900"), outcome: { kind: "refused", reason: "account_auth", providerCode: "900" } },
      { reply: ok('"900"'), outcome: { kind: "refused", reason: "account_auth", providerCode: "900" } },
      {
        reply: ok('{"success":"402"}'),
        outcome: { kind: "refused", reason: "already_sent", providerCode: "402" },
      },
      {
        reply: ok('{"success":false,"error_code":403,"error_message":"limit"}'),
        outcome: { kind: "refused", reason: "recipient_limit", providerCode: "403" },
      },
      {
        reply: ok(sevenAnswer({ success: "101" }, { success: false, error: "600", id: null })),
        outcome: { kind: "unavailable", reason: "provider_fault", retryLimit: 1, providerCode: "600" },
      },
    ],
    nearlyAccepted: [
      '{"success":"100"}',
      sevenAnswer({ messages: [] }),
      sevenAnswer({}, { success: false }),
      sevenAnswer({}, { success: "true" }),
      sevenAnswer({}, { error: "600" }),
      sevenAnswer({ success: true }),
      sevenAnswer({ success: "101" }),
      sevenAnswer({ success: "1000" }),
      "100\nOK",
      "100\nVerbucht: 0",
    ],
    startTwin: async () => {
      const twin = await startTwin("seven", { fsync: false });
      return { url: twin.url, accepted: () => twin.ledger.counts().accepted, close: twin.close };
    },
  },
  lookUp: {
    found: ok(JSON.stringify([journalRow("another"), journalRow(REFERENCE)])),
    providerMessageId: "77000000001",
    others: [
      { reply: ok("[]"), found: { kind: "absent" } },
      { reply: ok(JSON.stringify([journalRow("another")])), found: { kind: "absent" } },
      { reply: ok('[{"id":null}]'), found: { kind: "unreadable" } },
      { reply: ok('{"success":"900"}'), found: { kind: "unreadable" } },
      // A full page for ever: the end of the list was never seen.
      { reply: ok(JSON.stringify(Array(100).fill(journalRow("another")))), found: { kind: "unreadable" } },
    ],
  },
  status: {
    providerMessageId: "77000000001",
    cases: [
      { reply: statusReply({}), reading: known("delivered", "DELIVERED") },
      { reply: statusReply({ dlr: "TRANSMITTED" }), reading: known("transmitted", "TRANSMITTED") },
      { reply: statusReply({ dlr: "BUFFERED" }), reading: known("buffered", "BUFFERED") },
      { reply: statusReply({ dlr: "ACCEPTED" }), reading: known("accepted", "ACCEPTED") },
      ...["NOTDELIVERED", "EXPIRED", "REJECTED", "FAILED"].map((dlr) => ({
        reply: statusReply({ dlr }),
        reading: known("undelivered", dlr),
      })),
      { reply: statusReply({ dlr: "SOMETHING_NEW" }), reading: known("unknown", "SOMETHING_NEW") },
      { reply: statusReply({ id: 77_000_000_001 }), reading: known("delivered", "DELIVERED") },
      { reply: statusReply({ dlr: null, dlr_timestamp: null }), reading: { kind: "unknown" } },
      { reply: ok("[]"), reading: { kind: "unknown" } },
      { reply: ok(JSON.stringify([journalRow(REFERENCE, "77000000002")])), reading: { kind: "unknown" } },
      { reply: ok('{"success":"900"}'), reading: { kind: "unreadable" } },
      { reply: ok('[{"dlr":"DELIVERED"}]'), reading: { kind: "unreadable" } },
    ],
    startTwin: async () => {
      const faults = { reportDelayMs: 30, ratePerSecond: 0 };
      return startTwin("seven", { fsync: false, signingKey: SIGNING_KEY, faults });
    },
  },
  reports: {
    genuine: [
      { request: signed(json, REPORT_URL), reports: [DELIVERED] },
      { request: signed(json, PATH), reports: [DELIVERED] },
      { request: signed(form, REPORT_URL), reports: [DELIVERED] },
      { request: signed(get, `${REPORT_URL}?${FORM}`), reports: [DELIVERED] },
      {
        request: signed(flat, flat.pathAndQuery),
        reports: [
          {
            ...DELIVERED,
            status: "undelivered",
            said: "NOTDELIVERED",
            reportedAt: Date.UTC(2020, 6, 9, 13, 41, 30, 656),
          },
        ],
      },
    ],
    forge: (request) => [
      altered(request, { header: (name, value) => (name === "x-signature" ? undefined : value) }),
      altered(request, {
        header: (name, value) => (name === "x-signature" ? value?.replace(/.$/, flip) : value),
      }),
      altered(request, {
        header: (name, value) => (name === "x-timestamp" ? `${Number(value) + 1}` : value),
      }),
      altered(request, { header: (name, value) => (name === "x-nonce" ? `${value}0` : value) }),
      altered(request, { body: `${new TextDecoder().decode(request.body)} ` }),
      { ...request, method: "PUT" },
      signed(request, REPORT_URL, "another-key"),
      signed(request, "https://evil.example.com/"),
    ],
  },
};

function flip(digit: string): string {
  return digit === "0" ? "1" : "0";
}
