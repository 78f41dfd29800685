import { expect, it, onTestFinished } from "vitest";
import type { StatusQuery } from "../../../src/flows/ports.ts";
import type { Environment, ProviderDefinition, RunningProvider } from "../../../src/providers/provider.ts";
import { seven } from "../../../src/providers/seven.ts";
import { telegramGateway } from "../../../src/providers/telegram-gateway.ts";
import { magicNumber } from "../../../src/twins/magic.ts";
import { startTwin } from "../../../src/twins/serve.ts";
import { CODE, REFERENCE, TO } from "../../conformance/provider-bench.ts";
import { journalRow } from "../../conformance/providers/seven.ts";
import { startFaultyServer } from "../../support/faulty-server.ts";
import { freeTurns } from "../../support/free-turns.ts";

const alive = () => new AbortController().signal;
const QUERY: StatusQuery = {
  to: TO,
  reference: REFERENCE,
  providerMessageId: "77000000001",
  sentAt: Date.now(),
};

function running(definition: ProviderDefinition, env: Environment): RunningProvider {
  const configured = definition.configure(env);
  if (configured.kind !== "ready") throw new Error(`${definition.name} is ${configured.kind}`);
  const deps = {
    clock: { now: Date.now },
    reportUrl: undefined,
    proxy: undefined,
    callTimeoutMs: 1_000,
    turns: freeTurns,
  };
  const provider = configured.provider.create(deps);
  onTestFinished(provider.close);
  return provider;
}

async function aServer(body: unknown) {
  const server = await startFaultyServer({ kind: "answer", status: 200, body: JSON.stringify(body) });
  onTestFinished(server.close);
  return server;
}

it("seven is asked for one id in its journal, never by number, and no text comes out", async () => {
  const server = await aServer([journalRow(REFERENCE)]);
  const provider = running(seven, { SEVEN_API_KEY: "key-1", SEVEN_BASE_URL: server.url });
  const reading = await provider.status?.(QUERY, alive());
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]).toMatchObject({
    method: "GET",
    path: "/api/journal/outbound?id=77000000001&limit=25",
    headers: { "x-api-key": "key-1" },
    body: "",
  });
  expect(JSON.stringify(reading)).not.toContain(CODE);
});

it("seven's time stamp is Berlin's wall time, in summer as in winter", async () => {
  const at = async (dlr_timestamp: string | null) => {
    const server = await aServer([{ ...journalRow(REFERENCE), dlr_timestamp }]);
    const provider = running(seven, { SEVEN_API_KEY: "key-1", SEVEN_BASE_URL: server.url });
    const reading = await provider.status?.(QUERY, alive());
    return reading?.kind === "known" ? reading.report.reportedAt : reading;
  };
  expect(await at("2026-01-05 10:00:03")).toBe(Date.UTC(2026, 0, 5, 9, 0, 3));
  expect(await at("2026-07-05 10:00:03")).toBe(Date.UTC(2026, 6, 5, 8, 0, 3));
  expect(await at(null)).toBeUndefined();
  expect(await at("soon")).toBeUndefined();
});

it("Telegram is asked by request id and without a code, which would be checked", async () => {
  const server = await aServer({ ok: false, error: "REQUEST_ID_INVALID" });
  const env = { TELEGRAM_GATEWAY_TOKEN: "token-1", TELEGRAM_GATEWAY_BASE_URL: server.url };
  const query = { ...QUERY, providerMessageId: "400000000000001" };
  expect(await running(telegramGateway, env).status?.(query, alive())).toEqual({ kind: "unknown" });
  expect(server.requests[0]).toMatchObject({ method: "POST", path: "/checkVerificationStatus" });
  expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual({ request_id: "400000000000001" });
});

it.each([
  ["990002", "unknown", undefined],
  ["990003", "known", "undelivered"],
  ["990004", "known", "buffered"],
  ["990033", "known", "delivered"],
  ["990012", "known", "transmitted"],
])("seven's twin, %s: %s %s", async (suffix, kind, status) => {
  const faults = { reportDelayMs: 5, lateMs: 60_000, ratePerSecond: 0 };
  const twin = await startTwin("seven", { fsync: false, faults });
  onTestFinished(twin.close);
  const provider = running(seven, { SEVEN_API_KEY: "key-1", SEVEN_BASE_URL: twin.url });
  const to = magicNumber(suffix) as typeof TO;
  const content = { code: CODE, text: `${CODE} is your code` };
  const sent = await provider.send({ to, content, reference: REFERENCE, validForMs: 60_000 }, alive());
  const providerMessageId = (sent.kind === "accepted" && sent.providerMessageId) || "none";
  const query = { ...QUERY, to, providerMessageId };
  await expect
    .poll(() => provider.status?.(query, alive()))
    .toMatchObject(status === undefined ? { kind } : { kind, report: { status, reference: REFERENCE } });
});

it("a journal that is down or lags is unreadable or unknown, and known once it is back", async () => {
  const twin = await startTwin("seven", {
    fsync: false,
    faults: { reportDelayMs: 1, journalStatus: 503, ratePerSecond: 0 },
  });
  onTestFinished(twin.close);
  const provider = running(seven, { SEVEN_API_KEY: "key-1", SEVEN_BASE_URL: twin.url });
  const content = { code: CODE, text: `${CODE} is your code` };
  const sent = await provider.send({ to: TO, content, reference: REFERENCE, validForMs: 60_000 }, alive());
  const query = {
    ...QUERY,
    providerMessageId: (sent.kind === "accepted" && sent.providerMessageId) || "none",
  };
  expect(await provider.status?.(query, alive())).toEqual({ kind: "unreadable" });
  twin.faults.set({ journalStatus: 200, journalLagMs: 60_000 });
  expect(await provider.status?.(query, alive())).toEqual({ kind: "unknown" });
  twin.faults.set({ journalLagMs: 0 });
  await expect
    .poll(() => provider.status?.(query, alive()))
    .toMatchObject({ kind: "known", report: { status: "delivered" } });
});

it("Telegram's twin gives the price of an undelivered message back, and the reading says so", async () => {
  const faults = { reports: "expired" as const, ttlScale: 0.0005 };
  const twin = await startTwin("telegram-gateway", { fsync: false, token: "token-1", faults });
  onTestFinished(twin.close);
  const env = { TELEGRAM_GATEWAY_TOKEN: "token-1", TELEGRAM_GATEWAY_BASE_URL: twin.url };
  const provider = running(telegramGateway, env);
  const content = { code: CODE, text: CODE };
  const sent = await provider.send({ to: TO, content, reference: REFERENCE, validForMs: 60_000 }, alive());
  expect(sent).toMatchObject({ kind: "accepted", cost: { micros: 10_000, currency: "USD" } });
  const providerMessageId = (sent.kind === "accepted" && sent.providerMessageId) || "none";
  await expect
    .poll(() => provider.status?.({ ...QUERY, providerMessageId }, alive()))
    .toMatchObject({ kind: "known", report: { status: "undelivered", said: "expired", isRefunded: true } });
});
