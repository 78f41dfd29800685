import { describe, expect, it, onTestFinished } from "vitest";
import type { ProviderDefinition } from "../../src/providers/provider.ts";
import type { FileDefinition } from "../support/provider-files.ts";
import { TO, type ProviderBench } from "./provider-bench.ts";
import { httpTests } from "./provider-http-suite.ts";
import { lookUpTests, reportTests, statusTests, twinRecordsTests } from "./provider-records-suite.ts";
import { alive, configuredIn, deps, message, running } from "./provider-running.ts";

/** Everything a provider promises to the flows, held over real HTTP. */
export function providerSuite(bench: ProviderBench): void {
  const { name } = bench.definition;
  describe(`provider ${name}`, () => {
    describe("as a registry entry", () => entryTests(bench));
    describe("content", () => contentTests(bench));
    const { http, lookUp, status, reports } = bench;
    if (http) describe("over HTTP", () => httpTests(bench, http));
    if (lookUp) describe("look-up", () => lookUpTests(bench, lookUp));
    if (status) describe("status", () => statusTests(bench, status));
    const startTwin = status?.startTwin;
    if (startTwin) describe("records of several messages", () => twinRecordsTests(bench, startTwin));
    if (reports) describe("reports", () => reportTests(bench, reports));
  });
}

function entryTests(bench: ProviderBench): void {
  const { definition } = bench;
  if ("settings" in definition) registryTests(bench, definition);
  else fileTests(bench, definition);

  it("keeps its secrets out of everything that could be printed", () => {
    const provider = configuredIn(bench, "https://provider.example.com");
    for (const secret of bench.secrets) expect(JSON.stringify(provider)).not.toContain(secret);
  });

  it("says truthfully whether it can look up, be asked for a status, and report", async () => {
    const provider = configuredIn(bench, "https://provider.example.com");
    const running = provider.create(deps());
    onTestFinished(running.close);
    expect(running.lookUp !== undefined).toBe(provider.rules.canLookUp);
    expect(bench.lookUp !== undefined).toBe(provider.rules.canLookUp);
    expect(bench.status !== undefined).toBe(running.status !== undefined);
    expect(bench.reports !== undefined).toBe(provider.reports !== undefined);
    if (provider.rules.silenceMs !== undefined) expect(provider.reports ?? running.status).toBeDefined();
    expect(provider.rules.provider).toBe(definition.name);
  });
}

function fileTests(bench: ProviderBench, definition: FileDefinition): void {
  const env = bench.env("https://provider.example.com");

  it("names every variable of the environment that is missing", () => {
    for (const name of definition.needed) {
      const configured = definition.configure({ ...env, [name]: " " });
      expect(configured).toMatchObject({
        kind: "faulty",
        faults: [expect.stringContaining(`${name}: is not set`)],
      });
    }
    expect(definition.configure(env).kind).toBe("ready");
  });

  it("names a bad variable without its value", () => {
    for (const name of [...definition.needed, ...definition.optional]) {
      const configured = definition.configure({ ...env, [name]: "b\u00e4d \u0000 value" });
      if (configured.kind !== "faulty") throw new Error(`${name} took a value with a control character`);
      expect(configured.faults.join()).toContain(name);
      expect(configured.faults.join()).not.toContain("b\u00e4d");
    }
  });
}

function registryTests(bench: ProviderBench, definition: ProviderDefinition): void {
  it("is absent without its key", () => {
    const { [definition.key]: _, ...env } = bench.env("https://provider.example.com");
    expect(definition.configure(env).kind).toBe("absent");
    expect(definition.configure({ ...env, [definition.key]: " " }).kind).toBe("absent");
  });

  it("names a bad setting without its value", () => {
    const bad = "b\u00e4d \u0000 value";
    for (const key of Object.keys(definition.settings.shape)) {
      const configured = definition.configure({ ...bench.env("https://provider.example.com"), [key]: bad });
      if (configured.kind !== "faulty") throw new Error(`${key} took a value with a control character`);
      expect(configured.faults.join()).toContain(key);
      expect(configured.faults.join()).not.toContain("b\u00e4d");
    }
  });
}

function contentTests(bench: ProviderBench): void {
  it("carries what it says and nothing else", async () => {
    const provider = configuredIn(bench, "http://127.0.0.1:9").create(deps());
    onTestFinished(provider.close);
    expect(provider.carries(bench.carried)).toBe(true);
    for (const content of bench.notCarried) expect(provider.carries(content)).toBe(false);
  });

  it("accepts with an id and sends to one number only", async () => {
    const { provider, server } = await running(bench);
    const outcome = await provider.send(message(bench), alive());
    expect(outcome).toMatchObject({ kind: "accepted", providerMessageId: expect.any(String) });
    for (const to of ["all", `${TO},${TO}`, TO.slice(1), ` ${TO}`, "+\uff14\uff19151", "00491519876", ""]) {
      const bad = await provider.send({ ...message(bench), to: to as typeof TO }, alive());
      expect(bad).toEqual({ kind: "refused", reason: "recipient_invalid" });
    }
    if (bench.http) expect(server.requests).toHaveLength(1);
  });

  it("does nothing for a call that is already cancelled", async () => {
    const { provider, server } = await running(bench);
    const outcome = await provider.send(message(bench), AbortSignal.abort());
    expect(outcome).toMatchObject({ kind: "unavailable" });
    expect(server.requests).toHaveLength(0);
  });
}
