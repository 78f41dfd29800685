import { createHash, createHmac } from "node:crypto";
import { telegramGateway } from "../../../src/providers/telegram-gateway.ts";
import type { ReportStatus } from "../../../src/core/report.ts";
import type { StatusReading } from "../../../src/flows/ports.ts";
import type { ReportRequest } from "../../../src/flows/report-port.ts";
import { startTwin } from "../../../src/twins/serve.ts";
import type { Reply } from "../../support/faulty-server.ts";
import { altered, aReportRequest, CODE, REFERENCE, TO, type ProviderBench } from "../provider-bench.ts";

const TOKEN = "AAF_telegram-token_77";
const TEXT = `${CODE} is your verification code.`;
const ok = (body: unknown): Reply => ({ kind: "answer", status: 200, body: JSON.stringify(body) });
const refusal = (error: string) => ok({ ok: false, error });

const STATUS = {
  request_id: "400000000000001",
  phone_number: TO.slice(1),
  request_cost: 0.01,
  remaining_balance: 0,
  delivery_status: { status: "sent", updated_at: 1_767_603_600 },
  payload: REFERENCE,
};

function signed(body: string, token = TOKEN, at = 1_700_000_000): ReportRequest {
  const key = createHash("sha256").update(token).digest();
  const signature = createHmac("sha256", key).update(`${at}\n${body}`).digest("hex");
  const headers = { "x-request-timestamp": String(at), "x-request-signature": signature.toUpperCase() };
  return aReportRequest({ headers: { "content-type": "application/json", ...headers }, body });
}

function report(status: string, more: object = {}) {
  return signed(
    JSON.stringify({ ...STATUS, delivery_status: { status, updated_at: 1_767_603_601 }, ...more }),
  );
}

function statusReply(status: string, more: object = {}): Reply {
  const delivery_status = { status, updated_at: 1_767_603_601 };
  return ok({ ok: true, result: { ...STATUS, delivery_status, ...more } });
}

function reading(status: ReportStatus, said: string): StatusReading {
  return { kind: "known", report: { ...KNOWN, status, said } };
}

const KNOWN = { providerMessageId: "400000000000001", reference: REFERENCE, reportedAt: 1_767_603_601_000 };

export const telegramGatewayBench: ProviderBench = {
  definition: telegramGateway,
  env: (baseUrl) => ({ TELEGRAM_GATEWAY_TOKEN: TOKEN, TELEGRAM_GATEWAY_BASE_URL: baseUrl }),
  secrets: [TOKEN],
  carried: { code: CODE, text: TEXT },
  notCarried: [
    { code: undefined, text: "hello" },
    { code: "123", text: "123" },
    { code: "123456789", text: "123456789" },
    { code: "12a456", text: "12a456" },
    { code: "\uff11\uff12\uff13\uff14", text: "full-width" },
  ],
  http: {
    accept: ok({ ok: true, result: STATUS }),
    providerMessageId: "400000000000001",
    refusals: [
      {
        reply: refusal("PHONE_NUMBER_NOT_AVAILABLE"),
        outcome: {
          kind: "refused",
          reason: "recipient_unreachable",
          providerCode: "PHONE_NUMBER_NOT_AVAILABLE",
        },
      },
      {
        reply: refusal("ACCESS_TOKEN_INVALID"),
        outcome: { kind: "refused", reason: "account_auth", providerCode: "ACCESS_TOKEN_INVALID" },
      },
      {
        reply: refusal("SOMETHING_NEW"),
        outcome: { kind: "refused", reason: "unknown", providerCode: "SOMETHING_NEW" },
      },
      {
        reply: refusal("FLOOD_WAIT_5"),
        outcome: {
          kind: "unavailable",
          reason: "throttled",
          retryAfterMs: 5_000,
          providerCode: "FLOOD_WAIT_5",
        },
      },
    ],
    nearlyAccepted: [
      '{"ok":"true","result":{"request_id":"1"}}',
      '{"ok":true,"result":{}}',
      '{"ok":true,"result":{"request_id":""}}',
      '{"ok":true,"result":true}',
      '{"result":{"request_id":"1"}}',
    ],
    startTwin: async () => {
      const twin = await startTwin("telegram-gateway", { fsync: false, token: TOKEN });
      return { url: twin.url, accepted: () => twin.ledger.counts().accepted, close: twin.close };
    },
  },
  status: {
    providerMessageId: "400000000000001",
    cases: [
      { reply: statusReply("sent"), reading: reading("transmitted", "sent") },
      { reply: statusReply("delivered"), reading: reading("delivered", "delivered") },
      { reply: statusReply("read"), reading: reading("delivered", "read") },
      { reply: statusReply("expired"), reading: reading("undelivered", "expired") },
      { reply: statusReply("revoked"), reading: reading("undelivered", "revoked") },
      {
        reply: statusReply("expired", { is_refunded: true }),
        reading: {
          kind: "known",
          report: { ...KNOWN, status: "undelivered", said: "expired", isRefunded: true },
        },
      },
      { reply: statusReply("expired", { is_refunded: false }), reading: reading("undelivered", "expired") },
      { reply: statusReply("expired", { is_refunded: "yes" }), reading: reading("undelivered", "expired") },
      {
        reply: statusReply("", { is_refunded: true, delivery_status: undefined }),
        reading: {
          kind: "known",
          report: { ...KNOWN, status: "unknown", said: "refunded", reportedAt: undefined, isRefunded: true },
        },
      },
      { reply: statusReply("seen_in_dream"), reading: reading("unknown", "seen_in_dream") },
      {
        reply: ok({ ok: true, result: { ...STATUS, delivery_status: undefined } }),
        reading: { kind: "unknown" },
      },
      { reply: refusal("REQUEST_ID_INVALID"), reading: { kind: "unknown" } },
      { reply: refusal("ACCESS_TOKEN_INVALID"), reading: { kind: "unreadable" } },
      { reply: refusal("FLOOD_WAIT_3"), reading: { kind: "unreadable" } },
      { reply: ok({ ok: true, result: { ...STATUS, request_id: "9" } }), reading: { kind: "unreadable" } },
      { reply: ok({ ok: true, result: true }), reading: { kind: "unreadable" } },
    ],
    startTwin: async () =>
      startTwin("telegram-gateway", { fsync: false, token: TOKEN, faults: { reportDelayMs: 30 } }),
  },
  reports: {
    genuine: [
      { request: report("sent"), reports: [{ ...KNOWN, status: "transmitted", said: "sent" }] },
      { request: report("delivered"), reports: [{ ...KNOWN, status: "delivered", said: "delivered" }] },
      { request: report("read"), reports: [{ ...KNOWN, status: "delivered", said: "read" }] },
      { request: report("expired"), reports: [{ ...KNOWN, status: "undelivered", said: "expired" }] },
      {
        request: report("expired", { is_refunded: true }),
        reports: [{ ...KNOWN, status: "undelivered", said: "expired", isRefunded: true }],
      },
      { request: report("revoked"), reports: [{ ...KNOWN, status: "undelivered", said: "revoked" }] },
      { request: report("seen_in_dream"), reports: [{ ...KNOWN, status: "unknown", said: "seen_in_dream" }] },
    ],
    forge: (request) => [
      altered(request, { header: (name, value) => (name === "x-request-signature" ? undefined : value) }),
      altered(request, {
        header: (name, value) => (name === "x-request-signature" ? value?.slice(1) : value),
      }),
      altered(request, {
        header: (name, value) => (name === "x-request-timestamp" ? `${Number(value) + 1}` : value),
      }),
      altered(request, { body: `${new TextDecoder().decode(request.body)} ` }),
      signed(new TextDecoder().decode(request.body), "another-token"),
    ],
  },
};
