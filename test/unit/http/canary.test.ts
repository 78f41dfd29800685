import { expect, it } from "vitest";
import type { PublicDeps } from "../../../src/http/app.ts";
import { createLogger } from "../../../src/platform/logger.ts";
import { createMetrics } from "../../../src/platform/metrics.ts";
import { aBundle, aRequest, CODE, ID, KEY, NUMBER, read, TOKEN } from "./bundle.ts";

const SECRETS = [CODE, NUMBER, NUMBER.slice(1), KEY, "s3cr3t-of-cloud", TOKEN];

function aWiredBundle(more: Partial<PublicDeps> = {}) {
  const lines: string[] = [];
  const logger = createLogger({ level: "debug", write: (line) => void lines.push(line) });
  const metrics = createMetrics({ version: "1" });
  metrics.close();
  const bundle = aBundle({
    onRequest: (request) => {
      metrics.httpObserved(request);
      logger.info("http.request", request);
    },
    onFault: (error, { requestId }) => logger.error("http.fault", error, { requestId }),
    onAlert: ({ kind, provider }) => logger.warn(kind, { provider }),
    ...more,
  });
  return { ...bundle, lines, metrics };
}

const text = `${CODE} is your Nextcloud authentication code`;
const query = new URLSearchParams({ app: "ws", op: "pv", u: "cloud", h: KEY, to: NUMBER, msg: text });
const sms = new URLSearchParams({ to: NUMBER, text, key: KEY }).toString();
const REQUESTS: [path: string, init: RequestInit][] = [
  ["/v1/deliveries", aRequest({ to: NUMBER, code: CODE })],
  ["/v1/deliveries", aRequest({ to: NUMBER, text, [CODE]: NUMBER })],
  ["/v1/deliveries", aRequest({ to: `${NUMBER},${NUMBER}`, code: CODE })],
  ["/v1/deliveries", aRequest(`{"to":"${NUMBER}" "code":"${CODE}"}`)],
  ["/v1/deliveries", aRequest({ to: NUMBER, code: CODE }, { authorization: `Bearer ${KEY}x` })],
  ["/v1/outcomes", aRequest({ to: NUMBER, verified: true })],
  ["/v1/outcomes", aRequest({ to: `${NUMBER}${CODE}`, verified: true, [CODE]: NUMBER })],
  ["/v1/outcomes", aRequest({ to: NUMBER, verified: CODE, at: NUMBER })],
  [`/v1/deliveries/${ID}/outcome`, aRequest({ verified: true, code: CODE })],
  [`/v1/deliveries/${CODE}/outcome`, aRequest({ verified: true })],
  [`/v1/deliveries/${ID}/resend`, aRequest({ to: NUMBER })],
  [`/v1/deliveries/${ID}/resend`, aRequest("")],
  [`/v1/deliveries/${NUMBER}`, { method: "DELETE", headers: { authorization: `Bearer ${KEY}` } }],
  [`/v1/deliveries/${CODE}`, { headers: { authorization: `Bearer ${KEY}` } }],
  [`/compat/playsms?${query.toString()}&to=${NUMBER}`, {}],
  [`/compat/playsms?${query.toString().replace("pv", "ds")}`, {}],
  [`/compat/playsms/${CODE}?${query.toString()}`, {}],
  [`/compat/sms?${sms}`, {}],
  [`/compat/sms?${sms}&to=${NUMBER}`, {}],
  [`/compat/sms?${sms}%ZZ`, {}],
  ["/compat/sms", { method: "POST", body: sms, headers: { "content-type": "text/plain" } }],
  [`/compat/key/${KEY}/signal/v2/send`, aRequest({ recipients: [NUMBER], message: text })],
  [`/compat/key/${KEY}/signal/v2/send`, aRequest({ recipients: `${NUMBER},${NUMBER}`, message: text })],
  [`/compat/key/${KEY}/signal/v1/send/${NUMBER}`, aRequest({ message: text })],
  [`/compat/key/${KEY}x/signal/v1/send/${NUMBER}`, aRequest({ message: text })],
  [`/compat/key/${KEY}/signal/v1/contacts/${NUMBER}/${NUMBER}`, {}],
  [`/compat/key/${KEY}/signal/${CODE}`, {}],
  [`/compat/key/${KEY}/huawei/webserver/SesTokInfo`, {}],
  [
    `/compat/key/${KEY}/huawei/sms/send-sms`,
    { method: "POST", body: sms, headers: { "content-type": "text/xml" } },
  ],
  [`/api/sms?${sms}&p=${KEY}&foreign_id=${CODE}${NUMBER.slice(1)}`, {}],
  [`/api/sms?${sms}&p=${KEY}&delay=${CODE}`, {}],
  [`/api/journal/outbound?p=${KEY}&to=${encodeURIComponent(NUMBER)}`, {}],
  [`/api/status?p=${KEY}&msg_id=${CODE}`, {}],
  [`/api/balance?p=${KEY}`, {}],
  [`/reports/seven/${TOKEN}?status=DELIVERED`, {}],
  [`/reports/seven/${TOKEN}`, { method: "POST", body: CODE, headers: { "x-signature": "bad" } }],
  [`/reports/${NUMBER}/${TOKEN}`, {}],
  [`/${CODE}`, { method: `X${CODE}` }],
];

const breaks = () => Promise.reject(new Error(`${CODE} ${NUMBER} ${KEY}`));

it.each([
  ["all is well", {}],
  ["the store breaks", { accept: breaks, sendAgain: breaks, tellOutcome: breaks, newestLogin: breaks }],
])("no answer, log line or metric says a code, a number or a key when %s", async (_when, more) => {
  const { app, lines, metrics } = aWiredBundle(more);
  let said = "";
  for (const [path, init] of REQUESTS) {
    const { raw, headers } = await read(app.request(`http://otp.example.org${path}`, init));
    said += raw + JSON.stringify([...headers]);
  }
  expect(lines.length).toBeGreaterThanOrEqual(REQUESTS.length);
  said += lines.join("") + (await metrics.registry.metrics());
  for (const secret of SECRETS) expect(said).not.toContain(secret);
});
