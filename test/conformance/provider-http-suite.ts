import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { freePort } from "../support/ports.ts";
import type { Reply } from "../support/faulty-server.ts";
import { CODE, REFERENCE, type ProviderBench } from "./provider-bench.ts";
import {
  aServer,
  alive,
  answer,
  canaries,
  configuredIn,
  deps,
  message,
  NOW,
  running,
} from "./provider-running.ts";

/** The deadline of a call, and what a busy machine may add. */
const DEADLINE_MS = 1_500;

export function httpTests(bench: ProviderBench, http: NonNullable<ProviderBench["http"]>): void {
  it("gives back the provider's id, and puts neither code, number nor key into the URL", async () => {
    const { provider, server } = await running(bench);
    const outcome = await provider.send(message(bench), alive());
    expect(outcome).toMatchObject({ kind: "accepted", providerMessageId: http.providerMessageId });
    const [request] = server.requests;
    expect(["POST", "PUT"]).toContain(request?.method);
    expect(request?.body).toContain(CODE);
    expect(request?.body).toContain(REFERENCE);
    for (const canary of canaries(bench)) expect(request?.path).not.toContain(canary);
  });

  it.each(http.refusals.map((row) => [JSON.stringify(row.outcome), row] as const))(
    "a refusal is a value: %s",
    async (_, { reply, outcome }) => {
      const { provider } = await running(bench, reply);
      expect(await provider.send(message(bench), alive())).toEqual(outcome);
    },
  );

  it.each<[string, Reply]>([
    ["hangs", { kind: "hang" }],
    ["drips a byte at a time", { kind: "trickle" }],
  ])("is uncertain within its deadline when the provider %s", async (_, reply) => {
    const { provider, server } = await running(bench, reply);
    const startedAt = performance.now();
    expect(await provider.send(message(bench), alive())).toEqual({ kind: "uncertain", cause: "timeout" });
    expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS);
    await expect.poll(() => server.open()).toBe(0);
  });

  it("is uncertain soon after the caller gives up, and lets the connection go", async () => {
    const { provider, server } = await running(bench, { kind: "hang" }, 60_000);
    const giveUp = new AbortController();
    const sending = provider.send(message(bench), giveUp.signal);
    await server.received(1);
    giveUp.abort();
    expect(await sending).toEqual({ kind: "uncertain", cause: "timeout" });
    await expect.poll(() => server.open()).toBe(0);
  });

  it.each<[string, Reply, string]>([
    ["a reset", { kind: "reset" }, "reset"],
    ["a cut body", { kind: "truncated", body: '{"success":"100","ok":true' }, "reset"],
    ["bytes that are no HTTP", { kind: "raw", bytes: "SSH-2.0-OpenSSH_9.2\r\n\r\n" }, "unreadable"],
    ["an endless answer", answer(200, "x".repeat(200_000)), "unreadable"],
    ["status 500", answer(500, "<html>"), "server_error"],
    ["status 502", answer(502, "<html>"), "server_error"],
    ["status 504", answer(504, ""), "server_error"],
    ["status 408", answer(408, ""), "server_error"],
    ["an empty body", answer(200, ""), "unreadable"],
    ["status 204", { kind: "raw", bytes: "HTTP/1.1 204 No Content\r\n\r\n" }, "unreadable"],
    ["HTML with status 200", answer(200, "<html><body>100</body></html>"), "unreadable"],
  ])("is uncertain after %s", async (_, reply, cause) => {
    const { provider } = await running(bench, reply);
    expect(await provider.send(message(bench), alive())).toMatchObject({ kind: "uncertain", cause });
  });

  it("an acceptance under a failing status is none", async () => {
    if (http.accept.kind !== "answer") throw new Error("the acceptance must be a plain answer");
    for (const status of [301, 400, 403, 429, 500, 503]) {
      const { provider } = await running(bench, { ...http.accept, status });
      expect((await provider.send(message(bench), alive())).kind).not.toBe("accepted");
    }
  });

  it("is unavailable when nothing listens", async () => {
    const { provider } = await running(bench, http.accept, 400, await freePort());
    expect(await provider.send(message(bench), alive())).toEqual({ kind: "unavailable", reason: "connect" });
  });

  it.each([
    [429, "throttled"],
    [503, "provider_fault"],
  ] as const)("waits as long as status %i asks for, which is %s", async (status, reason) => {
    const { provider, server } = await running(bench, answer(status, "", { "retry-after": "7" }));
    const throttled = { kind: "unavailable", reason };
    expect(await provider.send(message(bench), alive())).toMatchObject({ ...throttled, retryAfterMs: 7_000 });
    server.reply(answer(status, "", { "retry-after": new Date(NOW + 9_000).toUTCString() }));
    expect(await provider.send(message(bench), alive())).toMatchObject({ ...throttled, retryAfterMs: 9_000 });
    server.reply(answer(status, "", { "retry-after": "-5" }));
    expect(await provider.send(message(bench), alive())).toMatchObject({
      ...throttled,
      retryAfterMs: undefined,
    });
    server.reply(answer(status, "", { "retry-after": "99999999999" }));
    expect(await provider.send(message(bench), alive())).toMatchObject({
      ...throttled,
      retryAfterMs: 600_000,
    });
  });

  it.each([301, 302, 307, 308])("never follows a redirect %i", async (status) => {
    const elsewhere = await aServer(http.accept);
    const { provider } = await running(bench, answer(status, "", { location: `${elsewhere.url}/api/sms` }));
    expect(await provider.send(message(bench), alive())).toMatchObject({
      kind: "refused",
      reason: "account_rights",
    });
    expect(elsewhere.requests).toHaveLength(0);
  });

  it("accepts nothing that only looks like an acceptance", async () => {
    const { provider, server } = await running(bench);
    for (const body of [...http.nearlyAccepted, "true", "null", "[]", "{}", '{"ok":true}', "100", '"100"']) {
      server.reply(answer(200, body));
      expect((await provider.send(message(bench), alive())).kind, body).not.toBe("accepted");
    }
  });

  it("accepts no random answer", async () => {
    const { provider, server } = await running(bench);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string({ unit: "binary" })), async (body) => {
        server.reply(answer(200, body));
        expect((await provider.send(message(bench), alive())).kind).not.toBe("accepted");
      }),
      { numRuns: 50 },
    );
  });

  it("lets no code, number or key out, whatever the provider echoes", async () => {
    const { provider, server } = await running(bench);
    for (const status of [200, 302, 400, 401, 429, 500]) {
      for (const shape of [(text: string) => text, errorShape("error"), errorShape("error_message")]) {
        server.reply((request) => answer(status, shape(JSON.stringify(request)), { "retry-after": CODE }));
        const outcome = JSON.stringify(await provider.send(message(bench), alive()));
        for (const canary of canaries(bench)) expect(outcome).not.toContain(canary);
      }
    }
  });

  it("agrees with its twin", async () => {
    const twin = await http.startTwin?.();
    if (!twin) return;
    onTestFinished(twin.close);
    const provider = configuredIn(bench, twin.url).create(deps(2_000));
    onTestFinished(provider.close);
    expect(await provider.send(message(bench), alive())).toMatchObject({ kind: "accepted" });
    expect(twin.accepted()).toBe(1);
  });
}

function errorShape(field: string): (text: string) => string {
  return (text) => JSON.stringify({ ok: false, success: false, error_code: 999, [field]: text });
}
