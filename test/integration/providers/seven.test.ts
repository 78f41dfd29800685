import { expect, it, onTestFinished } from "vitest";
import type { Msisdn } from "../../../src/core/phone.ts";
import { configuredProviders } from "../../../src/providers/registry.ts";
import { magicNumber } from "../../../src/twins/magic.ts";
import { startTwin, type TwinOptions } from "../../../src/twins/serve.ts";
import { startFaultyServer } from "../../support/faulty-server.ts";
import { freeTurns } from "../../support/free-turns.ts";

const alive = () => new AbortController().signal;
const reference = (n: number) => `019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a5b-${n}`;
const message = (to = "+4915112345678", n = 1) => ({
  to: to as Msisdn,
  content: { code: "739154", text: `739154 is your verification code (${n}).` },
  reference: reference(n),
  validForMs: 300_000,
});

function aProvider(url: string, env: Record<string, string> = {}, now: () => number = Date.now) {
  const { providers, faults } = configuredProviders({ SEVEN_API_KEY: "key", SEVEN_BASE_URL: url, ...env });
  expect(faults).toEqual([]);
  const provider = providers[0]!.create({
    clock: { now },
    reportUrl: undefined,
    proxy: undefined,
    callTimeoutMs: 500,
    turns: freeTurns,
  });
  onTestFinished(provider.close);
  return provider;
}

async function aTwin(options: TwinOptions = {}) {
  const twin = await startTwin("seven", { fsync: false, faults: { ratePerSecond: 0 }, ...options });
  onTestFinished(twin.close);
  return twin;
}

async function bodyOf(env: Record<string, string>, validForMs: number) {
  const server = await startFaultyServer({ kind: "answer", status: 200, body: "900" });
  onTestFinished(server.close);
  await aProvider(server.url, env).send({ ...message(), validForMs }, alive());
  return server.requests[0]!;
}

it("sends one recipient, our reference, a ttl in whole minutes and nothing it was not told to", async () => {
  const request = await bodyOf({}, 299_999);
  expect(JSON.parse(request.body)).toEqual({
    to: "+4915112345678",
    text: "739154 is your verification code (1).",
    foreign_id: reference(1),
    ttl: 5,
  });
  expect(request).toMatchObject({ method: "POST", path: "/api/sms" });
  expect(request.headers).toMatchObject({ "x-api-key": "key", accept: "application/json" });
  expect(request.headers).not.toHaveProperty("x-signature");
});

it("shows the sender that the policy has for this person instead of the account's", async () => {
  const server = await startFaultyServer({ kind: "answer", status: 200, body: "900" });
  onTestFinished(server.close);
  const provider = aProvider(server.url, { SEVEN_SENDER: "Acme" });
  await provider.send({ ...message(), sender: "+15551234567" }, alive());
  expect(JSON.parse(server.requests[0]!.body)).toMatchObject({ from: "+15551234567" });
});

it.each([
  [60_000, 1],
  [60_001, 2],
  [1, 1],
  [-5, 1],
  [600_000, 10],
])("%i ms left give a ttl of %i min", async (validForMs, ttl) => {
  expect(JSON.parse((await bodyOf({ SEVEN_SENDER: "Acme" }, validForMs)).body)).toMatchObject({
    ttl,
    from: "Acme",
  });
});

it.each<[string, object]>([
  ["990001", { kind: "refused", reason: "recipient_limit" }],
  ["990005", { kind: "uncertain", cause: "timeout" }],
  ["990006", { kind: "uncertain", cause: "reset" }],
  ["990007", { kind: "uncertain", cause: "server_error" }],
  ["990008", { kind: "unavailable", reason: "throttled", retryAfterMs: 2_000 }],
  ["990009", { kind: "uncertain", cause: "unreadable" }],
  ["990014", { kind: "refused", reason: "account_auth" }],
  ["990015", { kind: "refused", reason: "account_auth" }],
  ["990016", { kind: "refused", reason: "account_credit" }],
  ["990017", { kind: "refused", reason: "recipient_invalid" }],
  ["990021", { kind: "unavailable", reason: "provider_fault" }],
  ["990022", { kind: "refused", reason: "already_sent" }],
  ["990023", { kind: "refused", reason: "account_rights" }],
  ["990024", { kind: "uncertain", cause: "unreadable" }],
  ["990025", { kind: "uncertain", cause: "reset" }],
  ["990026", { kind: "accepted", providerMessageId: "77000000001" }],
  ["990027", { kind: "accepted", providerMessageId: undefined }],
  ["990028", { kind: "unavailable", reason: "provider_fault", retryLimit: 1 }],
  ["990029", { kind: "refused", reason: "unknown", providerCode: "955" }],
  ["990035", { kind: "uncertain", cause: "timeout" }],
  ["990036", { kind: "uncertain", cause: "unreadable" }],
  ["990037", { kind: "unavailable", retryLimit: 1 }],
  ["990038", { kind: "refused", reason: "sender_invalid" }],
  ["990039", { kind: "refused", reason: "account_rights" }],
  ["990040", { kind: "refused", reason: "account_rights" }],
  ["990041", { kind: "unavailable", providerCode: "600" }],
  ["990042", { kind: "unavailable", providerCode: "600" }],
  ["990044", { kind: "refused", reason: "unknown", providerCode: "http_403" }],
])("the twin's number %s", async (suffix, outcome) => {
  const twin = await aTwin();
  expect(await aProvider(twin.url).send(message(magicNumber(suffix)), alive())).toMatchObject(outcome);
});

it("a second send of the same text is told from a first, and both are found in the journal", async () => {
  const twin = await aTwin();
  const provider = aProvider(twin.url);
  const to = magicNumber("990005") as Msisdn;
  expect(await provider.send(message(to), alive())).toMatchObject({ kind: "uncertain" });
  const found = {
    kind: "found",
    providerMessageId: "77000000001",
    cost: { micros: 75_000, currency: "EUR" },
  };
  const query = { to, reference: reference(1), sentAt: Date.now() };
  expect(await provider.lookUp?.(query, alive())).toEqual(found);
  expect(await provider.lookUp?.({ ...query, reference: reference(2) }, alive())).toEqual({ kind: "absent" });
  twin.faults.set({ journalStatus: 503 });
  const another = { ...query, reference: reference(2) };
  expect(await provider.lookUp?.(another, alive())).toEqual({ kind: "unreadable" });
});

it("a message that was never taken is absent", async () => {
  const twin = await aTwin();
  const provider = aProvider(twin.url);
  const to = magicNumber("990020") as Msisdn;
  expect(await provider.send(message(to), alive())).toMatchObject({ kind: "uncertain" });
  const query = { to, reference: reference(1), sentAt: Date.now() };
  expect(await provider.lookUp?.(query, alive())).toEqual({ kind: "absent" });
});

it("finds a message among a hundred to one number, and does not guess beyond", async () => {
  const twin = await aTwin();
  const provider = aProvider(twin.url);
  const to = "+4915112345678";
  for (let n = 1; n <= 60; n += 1) await provider.send(message(to, n), alive());
  const query = { to: to as Msisdn, reference: reference(5), sentAt: Date.now() };
  expect(await provider.lookUp?.(query, alive())).toMatchObject({
    kind: "found",
    providerMessageId: "77000000005",
  });
  for (let n = 61; n <= 110; n += 1) await provider.send(message(to, n), alive());
  expect(await aProvider(twin.url).lookUp?.(query, alive())).toEqual({ kind: "unreadable" });
  expect(await provider.lookUp?.(query, alive())).toMatchObject({ kind: "found" });
});

it("signs its calls only when told to, and the provider agrees with the signature", async () => {
  const twin = await aTwin({ apiKey: "key", signingKey: "sign", signingRequired: true });
  const env = { SEVEN_SIGNING_KEY: "sign, older" };
  expect(await aProvider(twin.url, env).send(message(), alive())).toMatchObject({ providerCode: "901" });
  const signing = aProvider(twin.url, { ...env, SEVEN_SIGN_REQUESTS: "1" });
  expect(await signing.send(message(), alive())).toMatchObject({ kind: "accepted" });
  const query = { to: message().to, reference: reference(1), sentAt: Date.now() };
  expect(await signing.lookUp?.(query, alive())).toMatchObject({ kind: "found" });
  const slow = aProvider(twin.url, { ...env, SEVEN_SIGN_REQUESTS: "1" }, () => Date.now() - 60_000);
  expect(await slow.send(message(), alive())).toMatchObject({
    reason: "account_rights",
    providerCode: "901",
  });
});
