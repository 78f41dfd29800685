import { createHmac } from "node:crypto";
import type { Report } from "../../../src/core/report.ts";
import type { ReportRequest } from "../../../src/flows/report-port.ts";
import { startTwin } from "../../../src/twins/serve.ts";
import type { Reply } from "../../support/faulty-server.ts";
import { fileDefinition } from "../../support/provider-files.ts";
import { altered, aReportRequest, CODE, REFERENCE, TO, type ProviderBench } from "../provider-bench.ts";

const TOKEN = "gwapi-token-4b1d9";
const SECRET = "gwapi-webhook-secret-77f0";
const HEADER = "x-gwapi-signature";
const ID = 421_332_671;

const answer = (status: number, body: object): Reply => ({
  kind: "answer",
  status,
  body: JSON.stringify(body),
});
const refusal = (status: number, code?: string) =>
  answer(status, { code, message: `no ${TO} ${CODE}`, incident_uuid: "d8127429-fa0c" });

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(claims: object, secret = SECRET, head: object = { typ: "JWT", alg: "HS256" }): string {
  const signed = `${base64url(head)}.${base64url(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

const SAID = { id: ID, msisdn: Number(TO.slice(1)), time: 1_767_603_603, userref: REFERENCE };

function report(status: string, more: object = {}): ReportRequest {
  const claims = { ...SAID, status, ...more };
  const headers = { "content-type": "application/json", [HEADER]: token(claims) };
  return aReportRequest({ headers, body: JSON.stringify(claims) });
}

function reportWith(jwt: string | undefined): (request: ReportRequest) => ReportRequest {
  return (request) => altered(request, { header: (name, value) => (name === HEADER ? jwt : value) });
}

const known = (status: Report["status"], said: string): Report => ({
  status,
  said,
  providerMessageId: String(ID),
  reference: REFERENCE,
  reportedAt: 1_767_603_603_000,
});

const delivered = { ...SAID, status: "DELIVERED" };

export const gatewayapiBench: ProviderBench = {
  definition: fileDefinition("providers/gatewayapi.json"),
  env: (baseUrl) => ({
    GATEWAYAPI_TOKEN: TOKEN,
    GATEWAYAPI_WEBHOOK_SECRET: SECRET,
    GATEWAYAPI_SENDER: "Acme",
    GATEWAYAPI_BASE_URL: baseUrl,
  }),
  secrets: [TOKEN, SECRET],
  carried: { code: CODE, text: `"${CODE}" is\nyour {text} code\\, ${"x".repeat(20)}` },
  notCarried: [
    { code: undefined, text: "" },
    { code: undefined, text: "x".repeat(1_521) },
    { code: CODE, text: `\u0412\u0430\u0448 \u043a\u043e\u0434: ${CODE}` },
  ],
  http: {
    accept: answer(200, { ids: [ID] }),
    providerMessageId: String(ID),
    refusals: [
      { reply: refusal(401), outcome: { kind: "refused", reason: "account_auth", providerCode: "http_401" } },
      {
        reply: refusal(401, "0x0216"),
        outcome: { kind: "refused", reason: "account_auth", providerCode: "0x0216" },
      },
      {
        reply: refusal(403),
        outcome: { kind: "refused", reason: "account_rights", providerCode: "http_403" },
      },
      {
        reply: refusal(422, "0x0213"),
        outcome: { kind: "refused", reason: "unknown", providerCode: "0x0213" },
      },
      {
        reply: answer(418, {}),
        outcome: { kind: "refused", reason: "unknown", providerCode: "http_418" },
      },
    ],
    nearlyAccepted: [
      '{"ids":[]}',
      '{"ids":[null]}',
      '{"ids":["a b"]}',
      '{"ids":[1,2]}',
      '{"ids":1}',
      '{"ids":{"length":1}}',
      '{"id":1}',
      '[{"ids":[1]}]',
    ],
    startTwin: async () => {
      const twin = await startTwin("gatewayapi", { fsync: false, token: TOKEN, signingKey: SECRET });
      return { url: twin.url, accepted: () => twin.ledger.counts().accepted, close: twin.close };
    },
  },
  reports: {
    genuine: [
      { request: report("DELIVERED"), reports: [known("delivered", "DELIVERED")] },
      { request: report("ENROUTE"), reports: [known("transmitted", "ENROUTE")] },
      { request: report("BUFFERED"), reports: [known("accepted", "BUFFERED")] },
      { request: report("ACCEPTED"), reports: [known("accepted", "ACCEPTED")] },
      ...["EXPIRED", "DELETED", "UNDELIVERABLE", "REJECTED", "SKIPPED"].map((status) => ({
        request: report(status, { error: "no such number", code: "0x0104" }),
        reports: [known("undelivered", status)],
      })),
      { request: report("SEEN_IN_DREAM"), reports: [known("unknown", "SEEN_IN_DREAM")] },
      {
        request: report("DELIVERED", { userref: "not ours", time: "soon" }),
        reports: [{ ...known("delivered", "DELIVERED"), reference: undefined, reportedAt: undefined }],
      },
      // The claims are the report: what stands in the body is nobody's word.
      {
        request: altered(report("DELIVERED"), { body: '{"id":1,"status":"REJECTED"}' }),
        reports: [known("delivered", "DELIVERED")],
      },
    ],
    forge: (request) =>
      [
        reportWith(undefined),
        reportWith(""),
        reportWith(token(delivered, "another-secret")),
        reportWith(token(delivered).replace(/.$/, "")),
        reportWith(`${token(delivered)}.`),
        reportWith(`${base64url({ alg: "none" })}.${base64url(delivered)}.`),
        reportWith(token(delivered, SECRET, { alg: "none" })),
        reportWith(token(delivered, SECRET, { alg: "HS512" })),
        reportWith(token(delivered).replace(/\.[^.]+\./, `.${base64url({ ...delivered, id: 1 })}.`)),
      ].map((forge) => forge(request)),
  },
};
