import { createHmac } from "node:crypto";
import type { Report } from "../../../src/core/report.ts";
import type { ReportRequest } from "../../../src/flows/report-port.ts";
import type { Reply } from "../../support/faulty-server.ts";
import { fileDefinition } from "../../support/provider-files.ts";
import { altered, aReportRequest, CODE, REFERENCE, TO, type ProviderBench } from "../provider-bench.ts";

const PASSWORD = "plauder-password-31c";
const OLD_SECRET = "plauder-old-secret-8";
const SECRET = "plauder-secret-5e0a";
const HEADER = "x-plauder-signature";

const answer = (status: number, body: object): Reply => ({
  kind: "answer",
  status,
  body: JSON.stringify(body),
});
const row = (change: object = {}) => ({ ref: REFERENCE, id: "pt-9", price: "0.04", text: CODE, ...change });
const state = (change: object = {}) =>
  answer(200, {
    items: [
      { id: "other", state: "lost" },
      { id: "pt-9", state: "there", when: "2026-01-05T10:00:03+01:00", text: CODE, to: TO, ...change },
    ],
  });
const AT = Date.UTC(2026, 0, 5, 9, 0, 3);
const polled = (status: Report["status"], said: string) => ({
  kind: "known" as const,
  report: { status, said, providerMessageId: "pt-9", reference: undefined, reportedAt: AT },
});

function signed(body: string, secret: string): ReportRequest {
  const signature = createHmac("sha256", secret).update(body).digest("base64");
  return aReportRequest({ headers: { [HEADER]: `sha256=${signature}` }, body });
}

const FORM = `message=pt-9&ref=${REFERENCE}&state=there&ms=${AT}`;
const there: Report = {
  status: "delivered",
  said: "there",
  providerMessageId: "pt-9",
  reference: REFERENCE,
  reportedAt: AT,
};

/** An invented provider: form encoding, Basic authentication, records, and a signature over the body. */
export const plaudertascheBench: ProviderBench = {
  definition: fileDefinition("test/conformance/providers/plaudertasche.json"),
  env: (baseUrl) => ({
    PLAUDER_URL: `${baseUrl}/sms`,
    PLAUDER_USER: "house",
    PLAUDER_PASSWORD: PASSWORD,
    PLAUDER_REPORT_SECRET: `${OLD_SECRET}, ${SECRET}`,
    PLAUDER_SENDER: "Acme",
  }),
  secrets: [PASSWORD, SECRET, OLD_SECRET, Buffer.from(`house:${PASSWORD}`).toString("base64")],
  carried: { code: CODE, text: `${CODE} is & your = {code} %41 \u043a\u043e\u0434` },
  notCarried: [
    { code: undefined, text: "" },
    { code: undefined, text: "x".repeat(321) },
  ],
  http: {
    accept: answer(202, {
      result: "queued",
      uri: "/messages/pt-9",
      price: { amount: 0.0425, currency: "EUR" },
    }),
    providerMessageId: "pt-9",
    refusals: [
      {
        reply: answer(400, { error: { code: "17", name: TO } }),
        outcome: { kind: "refused", reason: "recipient_invalid", providerCode: "BAD_NUMBER" },
      },
      {
        reply: answer(409, { error: { name: "duplicate_key" } }),
        outcome: { kind: "refused", reason: "already_sent", providerCode: "duplicate_key" },
      },
      {
        reply: answer(409, { error: { name: "else" } }),
        outcome: { kind: "refused", reason: "unknown", providerCode: "else" },
      },
      {
        reply: answer(200, { error: { name: "carrier_busy" } }),
        outcome: {
          kind: "unavailable",
          reason: "provider_fault",
          retryLimit: 1,
          providerCode: "carrier_busy",
        },
      },
      {
        reply: answer(400, { error: { name: "slow_down" } }),
        outcome: {
          kind: "unavailable",
          reason: "throttled",
          retryAfterMs: 3_000,
          providerCode: "slow_down",
        },
      },
      {
        reply: answer(202, { result: "already_queued", uri: "/messages/pt-9" }),
        outcome: { kind: "accepted", providerMessageId: "pt-9", providerCode: "http_202" },
      },
      {
        reply: answer(200, { result: "perhaps" }),
        outcome: { kind: "uncertain", cause: "unreadable", providerCode: "http_200" },
      },
    ],
    nearlyAccepted: [
      '{"result":"queued","uri":"/messages/pt-9"}',
      '{"result":"queued"}',
      '{"result":["queued"],"uri":"/messages/pt-9"}',
    ],
  },
  lookUp: {
    found: answer(200, { items: [row({ ref: "other", id: "pt-8" }), row()] }),
    providerMessageId: "pt-9",
    others: [
      { reply: answer(200, { items: [] }), found: { kind: "absent" } },
      { reply: answer(200, { items: [row({ ref: "other" })] }), found: { kind: "absent" } },
      { reply: answer(404, { error: { name: "no_such_message" } }), found: { kind: "absent" } },
      { reply: answer(404, { error: { name: "no_such_route" } }), found: { kind: "unreadable" } },
      { reply: answer(404, {}), found: { kind: "unreadable" } },
      { reply: answer(200, { items: [row({ id: "a b" })] }), found: { kind: "unreadable" } },
      { reply: answer(200, { items: Array(3).fill(row({ ref: "other" })) }), found: { kind: "unreadable" } },
      { reply: answer(200, { items: { length: 0 } }), found: { kind: "unreadable" } },
      { reply: answer(200, { items: ["no record"] }), found: { kind: "unreadable" } },
    ],
  },
  status: {
    providerMessageId: "pt-9",
    cases: [
      { reply: state(), reading: polled("delivered", "there") },
      { reply: state({ state: "on_air" }), reading: polled("transmitted", "on_air") },
      { reply: state({ state: 7 }), reading: polled("buffered", "7") },
      { reply: state({ state: "toString" }), reading: polled("unknown", "toString") },
      { reply: state({ state: null }), reading: { kind: "unknown" } },
      { reply: state({ id: "pt-10" }), reading: { kind: "unknown" } },
      { reply: answer(200, { items: [] }), reading: { kind: "unknown" } },
      { reply: answer(404, { error: "none" }), reading: { kind: "unknown" } },
      { reply: answer(200, {}), reading: { kind: "unreadable" } },
    ],
  },
  reports: {
    genuine: [
      { request: signed(FORM, SECRET), reports: [there] },
      { request: signed(FORM, OLD_SECRET), reports: [there] },
      {
        request: signed("message=pt-9&state=lost", SECRET),
        reports: [
          { ...there, status: "undelivered", said: "lost", reference: undefined, reportedAt: undefined },
        ],
      },
    ],
    forge: (request) => [
      altered(request, { header: () => undefined }),
      altered(request, { header: (_, value) => value?.replace("sha256=", "") }),
      altered(request, { header: (_, value) => value?.replace(/=$/, "!") }),
      altered(request, { body: `${new TextDecoder().decode(request.body)}&x=1` }),
      signed(FORM, "another-secret"),
    ],
  },
};
