import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ProviderFileFault, testHttpProvider } from "../../../src/cli/routes.ts";
import type { Msisdn } from "../../../src/core/phone.ts";
import { httpProvidersFrom } from "../../../src/providers/http/from-env.ts";
import { magicNumber } from "../../../src/twins/magic.ts";
import { startTwin, type TwinOptions } from "../../../src/twins/serve.ts";
import { aReportRequest, CODE, REFERENCE, TO } from "../../conformance/provider-bench.ts";
import { eventually } from "../../support/eventually.ts";
import { ROOT } from "../../support/readme.ts";
import { type Received, startReceiver } from "../twins/receiver.ts";

const FILE = "providers/gatewayapi.json";
const TEXT = readFileSync(join(ROOT, FILE), "utf8");
const TOKEN = "gwapi-token-9d3";
const SECRET = "gwapi-secret-1c8";
const env = (url: string) => ({
  HTTP_PROVIDERS: FILE,
  GATEWAYAPI_TOKEN: TOKEN,
  GATEWAYAPI_WEBHOOK_SECRET: SECRET,
  GATEWAYAPI_SENDER: "Acme",
  GATEWAYAPI_BASE_URL: url,
});

async function aTwin(options: TwinOptions = {}) {
  const twin = await startTwin("gatewayapi", { fsync: false, token: TOKEN, signingKey: SECRET, ...options });
  onTestFinished(twin.close);
  return twin;
}

function providerAt(url: string, reportUrl?: string) {
  const { providers, faults } = httpProvidersFrom(env(url), (path) => readFileSync(join(ROOT, path), "utf8"));
  expect(faults).toEqual([]);
  const [provider] = providers;
  const deps = { clock: { now: Date.now }, reportUrl, proxy: undefined, callTimeoutMs: 500 };
  const running = provider!.create(deps);
  onTestFinished(running.close);
  return { running, reader: provider!.reports!(deps) };
}

const message = (to = TO, text = `${CODE} is your "code"\\{text} \u20ac`) => ({
  to,
  content: { code: CODE, text },
  reference: REFERENCE,
  validForMs: 299_001,
});
const alive = () => new AbortController().signal;

describe("GatewayAPI out of its file", () => {
  it("brings text, number, reference and validity to the provider as they are", async () => {
    const twin = await aTwin();
    const { running } = providerAt(twin.url, "https://otp.example.com/reports/gatewayapi/t");
    expect(await running.send(message(), alive())).toEqual({
      kind: "accepted",
      providerMessageId: "421332671",
      cost: undefined,
    });
    expect(twin.ledger.since(0)[0]).toMatchObject({
      recipient: TO.slice(1),
      sender: "Acme",
      text: message().content.text,
      userref: REFERENCE,
      callbackUrl: "https://otp.example.com/reports/gatewayapi/t",
      ttlMs: 300_000,
    });
  });

  it("leaves the callback out without a public URL", async () => {
    const twin = await aTwin();
    await providerAt(twin.url).running.send(message(), alive());
    expect(twin.ledger.since(0)[0]).toMatchObject({ callbackUrl: undefined });
  });

  it("reads the twin's reports, and turns the forged one away", async () => {
    const receiver = await startReceiver();
    onTestFinished(receiver.close);
    const twin = await aTwin({ faults: { reportDelayMs: 20 } });
    const { running, reader } = providerAt(twin.url, receiver.url);
    await running.send(message(magicNumber("990311") as Msisdn), alive());
    await eventually(() => expect(receiver.received).toHaveLength(2));
    const readings = receiver.received.map((one) => reader.read(reportRequest(one)));
    expect(readings).toContainEqual({ kind: "unauthentic" });
    expect(readings).toContainEqual({
      kind: "reports",
      reports: [
        {
          status: "delivered",
          said: "DELIVERED",
          providerMessageId: "421332671",
          reference: REFERENCE,
          reportedAt: expect.any(Number),
        },
      ],
    });
  });

  it.each([
    ["990301", { kind: "refused", reason: "unknown", providerCode: "0x0005" }],
    ["990304", { kind: "uncertain", cause: "timeout" }],
    ["990305", { kind: "uncertain", cause: "reset" }],
    ["990306", { kind: "uncertain", cause: "server_error" }],
    ["990307", { kind: "unavailable", reason: "throttled", retryAfterMs: 2_000 }],
    ["990312", { kind: "refused", reason: "account_auth" }],
    ["990318", { kind: "uncertain", cause: "unreadable" }],
    ["990319", { kind: "uncertain", cause: "reset" }],
    ["990320", { kind: "unavailable" }],
    ["990001", { kind: "accepted" }],
    ["990101", { kind: "accepted" }],
  ])("%s: %j", async (suffix, outcome) => {
    const twin = await aTwin();
    const { running } = providerAt(twin.url);
    expect(await running.send(message(magicNumber(suffix) as Msisdn), alive())).toMatchObject(outcome);
  });
});

describe("otpost routes test", () => {
  it("shows the request without secret or number, and sends nothing", async () => {
    const twin = await aTwin();
    const lines = (await testHttpProvider(TEXT, env(twin.url), { to: TO })).join("\n");
    expect(lines).toContain(`POST ${twin.url}/rest/mtsms`);
    expect(lines).toContain("authorization: Token [GATEWAYAPI_TOKEN]");
    expect(lines).toContain('"sender":"Acme"');
    expect(lines).toContain('"msisdn":4900000000032');
    expect(lines).toContain("Nothing was sent");
    for (const canary of [TOKEN, SECRET, TO.slice(1)]) expect(lines).not.toContain(canary);
    expect(twin.ledger.since(0)).toEqual([]);
  });

  it("shows names for all secrets of another file too", async () => {
    const text = readFileSync(join(ROOT, "test/conformance/providers/plaudertasche.json"), "utf8");
    const secrets = {
      PLAUDER_USER: "user-77",
      PLAUDER_PASSWORD: "password-77",
      PLAUDER_REPORT_SECRET: "secret-77",
    };
    const lines = (await testHttpProvider(text, secrets, { to: TO })).join("\n");
    expect(lines).toContain("PUT https://api.plaudertasche.example/v2/accounts/[PLAUDER_USER]/messages");
    expect(lines).toContain("authorization: Basic [PLAUDER_USER]:[PLAUDER_PASSWORD]");
    expect(lines).toContain("dst=%2B49*********32");
    for (const canary of Object.values(secrets)) expect(lines).not.toContain(canary);
  });

  it("sends one message with a made-up code when told to, and shows neither code nor number", async () => {
    const twin = await aTwin();
    const lines = (await testHttpProvider(TEXT, env(twin.url), { to: TO, yes: true })).join("\n");
    const [entry, ...others] = twin.ledger.since(0);
    expect(others).toEqual([]);
    if (entry?.provider !== "gatewayapi" || entry.event !== "accepted") throw new Error("nothing was taken");
    const [code = ""] = /^\d{6}/.exec(entry.text) ?? [];
    expect(code).toHaveLength(6);
    expect(lines).toContain("+49*********32: accepted, message id 421332671");
    for (const canary of [TOKEN, SECRET, TO.slice(1), code]) expect(lines).not.toContain(canary);
  });

  it.each<[string, string, object, string]>([
    ["a bad file", "{", {}, "/: is not JSON"],
    ["a missing variable", TEXT, { GATEWAYAPI_TOKEN: "" }, "GATEWAYAPI_TOKEN: is not set"],
    ["a refusal", TEXT, { GATEWAYAPI_TOKEN: "wrong-token" }, "the provider does not accept our key"],
  ])("ends with what is wrong: %s", async (_, text, change, words) => {
    const twin = await aTwin();
    const failing = testHttpProvider(text, { ...env(twin.url), ...change }, { to: TO, yes: true });
    await expect(failing).rejects.toThrow(ProviderFileFault);
    await expect(failing).rejects.toThrow(words);
    await expect(failing).rejects.not.toThrow(/wrong-token|4915198765432/);
  });

  it("does not send without a number", async () => {
    const failing = testHttpProvider(TEXT, env("http://127.0.0.1:9"), { yes: true });
    await expect(failing).rejects.toThrow("--yes needs --to");
  });
});

function reportRequest({ method, path, headers, body }: Received) {
  const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  return aReportRequest({ method, url: `https://otp.example.com${path}`, headers: flat, body });
}
