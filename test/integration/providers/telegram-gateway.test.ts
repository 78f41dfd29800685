import { expect, it, onTestFinished } from "vitest";
import type { Msisdn } from "../../../src/core/phone.ts";
import { configuredProviders } from "../../../src/providers/registry.ts";
import { readTelegramAnswer, TELEGRAM_ERRORS } from "../../../src/providers/telegram-gateway-answer.ts";
import { createTelegramReports } from "../../../src/providers/telegram-gateway-reports.ts";
import { magicNumber } from "../../../src/twins/magic.ts";
import { startTwin } from "../../../src/twins/serve.ts";
import { aReportRequest } from "../../conformance/provider-bench.ts";
import { startFaultyServer } from "../../support/faulty-server.ts";

const TOKEN = "TEST_TOKEN";
const REFERENCE = "019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a5b-1";
const alive = () => new AbortController().signal;
const message = (to = "+4915112345678", validForMs = 300_000) => ({
  to: to as Msisdn,
  content: { code: "739154", text: "739154 is your verification code." },
  reference: REFERENCE,
  validForMs,
});

function aProvider(url: string, reportUrl?: string) {
  const env = { TELEGRAM_GATEWAY_TOKEN: TOKEN, TELEGRAM_GATEWAY_BASE_URL: url };
  const [telegram] = configuredProviders(env).providers;
  const provider = telegram!.create({
    clock: { now: Date.now },
    reportUrl,
    proxy: undefined,
    callTimeoutMs: 500,
  });
  onTestFinished(provider.close);
  return provider;
}

async function bodyOf(validForMs: number, reportUrl?: string) {
  const server = await startFaultyServer({ kind: "answer", status: 200, body: "{}" });
  onTestFinished(server.close);
  await aProvider(server.url, reportUrl).send(message(undefined, validForMs), alive());
  return server.requests[0]!;
}

it("puts code, number and token where no log shows them", async () => {
  const request = await bodyOf(300_000, "https://otp.example.com/reports/telegram-gateway/t");
  expect(request).toMatchObject({ method: "POST", path: "/sendVerificationMessage" });
  expect(request.headers["authorization"]).toBe(`Bearer ${TOKEN}`);
  expect(JSON.parse(request.body)).toEqual({
    phone_number: "+4915112345678",
    code: "739154",
    ttl: 60,
    payload: REFERENCE,
    callback_url: "https://otp.example.com/reports/telegram-gateway/t",
  });
});

it.each([
  [600_000, 60],
  [45_001, 46],
  [30_000, 30],
  [1_000, 30],
])("%i ms left give a ttl of %i s", async (validForMs, ttl) => {
  expect(JSON.parse((await bodyOf(validForMs)).body)).toMatchObject({ ttl });
});

it.each([
  ["http://otp.example.com/reports/x", false],
  ["http://127.0.0.1:8080/reports/x", true],
  [`https://otp.example.com/${"x".repeat(256)}`, false],
  ["not a url", false],
])("callback %s is passed on: %s", async (url, passed) => {
  expect("callback_url" in JSON.parse((await bodyOf(60_000, url)).body)).toBe(passed);
});

it.each(TELEGRAM_ERRORS)("$error is refused as $reason", ({ error, reason, source }) => {
  expect(source).not.toBe("");
  expect(readTelegramAnswer(JSON.stringify({ ok: false, error }))).toEqual({
    kind: "refused",
    reason,
    providerCode: error,
  });
});

it.each<[string, object | undefined]>([
  ['{"ok":false,"error":"MESSAGE_ALREADY_SENT"}', { kind: "accepted", providerMessageId: undefined }],
  ['{"ok":false,"error":"FLOOD_WAIT_30"}', { kind: "unavailable", retryAfterMs: 30_000 }],
  ['{"ok":false,"error":"FLOOD_WAIT"}', { kind: "unavailable", retryAfterMs: undefined }],
  ['{"ok":false,"error":"bad +4915112345678 739154"}', { kind: "refused", providerCode: "bad" }],
  [
    '{"ok":true,"result":{"request_id":400000000000001,"request_cost":0.01}}',
    { kind: "accepted", providerMessageId: "400000000000001", cost: { micros: 10_000, currency: "USD" } },
  ],
  ['{"ok":true,"result":{"request_id":"1","request_cost":"free"}}', { kind: "accepted", cost: undefined }],
])("answer %s", (body, outcome) => {
  expect(readTelegramAnswer(body)).toMatchObject(outcome ?? {});
});

it("a throttle that comes with status 429 keeps its wait", async () => {
  const body = '{"ok":false,"error":"FLOOD_WAIT_9"}';
  const server = await startFaultyServer({ kind: "answer", status: 429, body });
  onTestFinished(server.close);
  expect(await aProvider(server.url).send(message(), alive())).toMatchObject({ retryAfterMs: 9_000 });
});

it.each<[string, object]>([
  ["990101", { kind: "refused", reason: "recipient_unreachable" }],
  ["990103", { kind: "unavailable", reason: "throttled", retryAfterMs: 5_000 }],
  ["990104", { kind: "uncertain", cause: "timeout" }],
  ["990105", { kind: "uncertain", cause: "server_error" }],
  ["990106", { kind: "refused", reason: "account_auth" }],
  ["990107", { kind: "refused", reason: "account_credit" }],
  ["990108", { kind: "accepted", providerMessageId: undefined }],
  ["990109", { kind: "uncertain", cause: "reset" }],
  ["990116", { kind: "refused", reason: "unknown" }],
  ["990117", { kind: "refused", reason: "recipient_invalid" }],
  ["990119", { kind: "unavailable", retryAfterMs: 2_000 }],
  ["990121", { kind: "uncertain", cause: "reset" }],
  ["990122", { kind: "uncertain", cause: "unreadable" }],
  ["990125", { kind: "uncertain", cause: "unreadable" }],
  ["990126", { kind: "unavailable", reason: "provider_fault" }],
])("the twin's number %s", async (suffix, outcome) => {
  const twin = await startTwin("telegram-gateway", { fsync: false, token: TOKEN });
  onTestFinished(twin.close);
  expect(await aProvider(twin.url).send(message(magicNumber(suffix)), alive())).toMatchObject(outcome);
});

it("never offers to look a message up", () => {
  expect(aProvider("http://127.0.0.1:9")).not.toHaveProperty("lookUp");
});

it("signature vector", () => {
  const request = (signature: string) =>
    aReportRequest({
      headers: { "X-Request-Timestamp": "1700000000", "X-Request-Signature": signature },
      body: '{"request_id":"1","status":"delivered"}',
    });
  const signature = "8461a2ae615bd377bba246eaa9135367a1334b1db2929fe13d27a054e56a1be3";
  const reader = createTelegramReports(TOKEN);
  expect(reader.read(request(signature))).toEqual({ kind: "reports", reports: [] });
  expect(reader.read(request(signature.toUpperCase()))).toEqual({ kind: "reports", reports: [] });
  expect(createTelegramReports("ANOTHER").read(request(signature))).toEqual({ kind: "unauthentic" });
});

it("the twin's reports lead back to the attempt", async () => {
  const hook = await startFaultyServer({ kind: "answer", status: 200, body: "" });
  const faults = { reportDelayMs: 1 };
  const twin = await startTwin("telegram-gateway", { fsync: false, token: TOKEN, faults });
  onTestFinished(() => Promise.all([hook.close(), twin.close()]).then(() => undefined));
  const url = `${hook.url}/reports/telegram-gateway/token`;
  expect(await aProvider(twin.url, url).send(message(), alive())).toMatchObject({ kind: "accepted" });
  const reader = createTelegramReports(TOKEN);
  const read = () => hook.requests.map((request) => reader.read(aReportRequest({ ...request, url })));
  await expect.poll(read).toContainEqual(
    expect.objectContaining({
      reports: [expect.objectContaining({ status: "delivered", reference: REFERENCE })],
    }),
  );
});
