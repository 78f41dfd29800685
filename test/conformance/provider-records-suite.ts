import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import type { StatusQuery } from "../../src/flows/ports.ts";
import type { Reply } from "../support/faulty-server.ts";
import { aReportRequest, CODE, REFERENCE, TO, type ProviderBench } from "./provider-bench.ts";
import { alive, answer, canaries, configuredIn, deps, message, NOW, running } from "./provider-running.ts";

type StartTwin = NonNullable<NonNullable<ProviderBench["status"]>["startTwin"]>;

export function lookUpTests(bench: ProviderBench, lookUp: NonNullable<ProviderBench["lookUp"]>): void {
  const query = { to: TO, reference: REFERENCE, sentAt: NOW };

  it("finds the message by our reference and keeps its text to itself", async () => {
    const { provider } = await running(bench, lookUp.found);
    const found = await provider.lookUp?.(query, alive());
    expect(found).toMatchObject({ kind: "found", providerMessageId: lookUp.providerMessageId });
    expect(JSON.stringify(found)).not.toContain(CODE);
  });

  it.each(lookUp.others.map((row) => [row.found.kind, row] as const))(
    "calls it %s where the records say so",
    async (_, { reply, found }) => {
      const { provider } = await running(bench, reply);
      expect(await provider.lookUp?.(query, alive())).toEqual(found);
    },
  );

  it.each<[string, Reply]>([
    ["hangs", { kind: "hang" }],
    ["resets", { kind: "reset" }],
    ["answers HTML", answer(200, "<html>")],
    ["fails", answer(500, "[]")],
    ["redirects", answer(302, "[]", { location: "/x" })],
    ["turns the key away", answer(200, '"900"')],
    ["cuts the list off", { kind: "truncated", body: "[{" }],
  ])("is unreadable, never absent, when the provider %s", async (_, reply) => {
    const { provider } = await running(bench, reply);
    expect(await provider.lookUp?.(query, alive())).toEqual({ kind: "unreadable" });
  });
}

export function statusTests(bench: ProviderBench, status: NonNullable<ProviderBench["status"]>): void {
  const query = { to: TO, reference: REFERENCE, providerMessageId: status.providerMessageId, sentAt: NOW };

  it.each(status.cases.map((row) => [JSON.stringify(row.reading), row] as const))(
    "reads %s from the provider's record",
    async (_, { reply, reading }) => {
      const { provider } = await running(bench, reply);
      expect(await provider.status?.(query, alive())).toEqual(reading);
    },
  );

  it("puts neither number nor key into the URL, and gives no text of the record away", async () => {
    const { provider, server } = await running(bench, status.cases[0]!.reply);
    const reading = JSON.stringify(await provider.status?.(query, alive()));
    for (const canary of canaries(bench)) {
      expect(server.requests[0]?.path).not.toContain(canary);
      expect(reading).not.toContain(canary);
    }
  });

  it.each<[string, Reply]>([
    ["hangs", { kind: "hang" }],
    ["resets", { kind: "reset" }],
    ["answers HTML", answer(200, "<html>")],
    ["answers nothing", answer(200, "")],
    ["fails", answer(500, "[]")],
    ["throttles", answer(429, "[]", { "retry-after": "1" })],
    ["redirects", answer(302, "[]", { location: "/x" })],
    ["turns the key away", answer(200, '"900"')],
    ["forbids", answer(403, '{"error":"key"}')],
    ["cuts the answer off", { kind: "truncated", body: "[{" }],
  ])("is unreadable, never unknown, when the provider %s", async (_, reply) => {
    const { provider } = await running(bench, reply);
    expect(await provider.status?.(query, alive())).toEqual({ kind: "unreadable" });
  });

  it.each<[string, Reply]>([
    ["fails", answer(500, "[]")],
    ["is slow", { kind: "late", afterMs: 2_000, answer: status.cases[0]!.reply }],
    ["answers HTML", answer(200, "<html>")],
  ])("is unreadable for each of several who ask at once when the provider %s", async (_, reply) => {
    const { provider } = await running(bench, reply);
    const ids = [status.providerMessageId, "76999999998", "76999999999"];
    const asked = ids.map((providerMessageId) => provider.status!({ ...query, providerMessageId }, alive()));
    expect(await Promise.all(asked)).toEqual(ids.map(() => ({ kind: "unreadable" })));
  });

  it("waits for a provider that is slow, but not too slow", async () => {
    const { reply, reading } = status.cases[0]!;
    const { provider } = await running(bench, { kind: "late", afterMs: 100, answer: reply }, 2_000);
    expect(await provider.status?.(query, alive())).toEqual(reading);
  });

  it("is unreadable soon after the caller gives up", async () => {
    const { provider, server } = await running(bench, { kind: "hang" }, 60_000);
    const giveUp = new AbortController();
    const asking = provider.status?.(query, giveUp.signal);
    await server.received(1);
    giveUp.abort();
    expect(await asking).toEqual({ kind: "unreadable" });
  });

  it("knows nothing out of a random answer", async () => {
    const { provider, server } = await running(bench);
    await fc.assert(
      fc.asyncProperty(fc.json(), async (body) => {
        server.reply(answer(200, body));
        expect((await provider.status?.(query, alive()))?.kind).not.toBe("known");
      }),
      { numRuns: 30 },
    );
  });

  it("agrees with its twin", async () => {
    const twin = await status.startTwin?.();
    if (!twin) return;
    onTestFinished(twin.close);
    const provider = configuredIn(bench, twin.url).create(deps(2_000));
    onTestFinished(provider.close);
    const sent = await provider.send(message(bench), alive());
    if (sent.kind !== "accepted" || sent.providerMessageId === undefined)
      throw new Error(`sent: ${sent.kind}`);
    const { providerMessageId } = sent;
    await expect
      .poll(() => provider.status?.({ ...query, providerMessageId }, alive()))
      .toMatchObject({
        kind: "known",
        report: { status: "delivered", providerMessageId, reportedAt: expect.any(Number) },
      });
    const stranger = { ...query, providerMessageId: "76999999999" };
    expect(await provider.status?.(stranger, alive())).toEqual({ kind: "unknown" });
  });
}

/** Several messages, two of them to one number, and some that the provider never had. */
export function twinRecordsTests(bench: ProviderBench, startTwin: StartTwin): void {
  it("tells several who ask at once each his own", async () => {
    const twin = await startTwin();
    onTestFinished(twin.close);
    const provider = configuredIn(bench, twin.url).create(deps(2_000));
    onTestFinished(provider.close);
    const references = [1, 2, 3].map((n) => `019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a6b-${n}`);
    const numbers = [TO, TO, "+4915198765431" as typeof TO];
    const queries: StatusQuery[] = [];
    for (const [n, reference] of references.entries()) {
      const content = { ...bench.carried, text: `${bench.carried.text} (${n})` };
      const sent = await provider.send({ ...message(bench), to: numbers[n]!, content, reference }, alive());
      const providerMessageId = (sent.kind === "accepted" && sent.providerMessageId) || "none";
      queries.push({ to: numbers[n]!, reference, providerMessageId, sentAt: NOW });
    }
    expect(new Set(queries.map(({ providerMessageId }) => providerMessageId)).size).toBe(3);
    const strangers = [{ ...queries[0]!, reference: REFERENCE, providerMessageId: "76999999999" }];
    await expect
      .poll(() => Promise.all([...queries, ...strangers].map((query) => provider.status!(query, alive()))))
      .toEqual([
        ...queries.map(({ providerMessageId }) => ({
          kind: "known",
          report: expect.objectContaining({ status: "delivered", providerMessageId }),
        })),
        { kind: "unknown" },
      ]);
    const { lookUp } = provider;
    if (!lookUp) return;
    const found = await Promise.all([...queries, ...strangers].map((query) => lookUp(query, alive())));
    expect(found).toEqual([
      ...queries.map(({ providerMessageId }) =>
        expect.objectContaining({ kind: "found", providerMessageId }),
      ),
      { kind: "absent" },
    ]);
  });
}

export function reportTests(
  bench: ProviderBench,
  { genuine, forge }: NonNullable<ProviderBench["reports"]>,
): void {
  const reader = () => configuredIn(bench, "https://provider.example.com").reports?.(deps());

  it.each(genuine.map((row, index) => [index, row] as const))(
    "reads genuine report %i, and the same again",
    (_, { request, reports }) => {
      const wanted = { kind: "reports", reports };
      expect(reader()?.read(request)).toEqual(wanted);
      expect(reader()?.read(request)).toEqual(wanted);
    },
  );

  it("a forged report is unauthentic", () => {
    for (const { request } of genuine) {
      for (const forged of forge?.(request) ?? [])
        expect(reader()?.read(forged)).toEqual({ kind: "unauthentic" });
    }
  });

  it("never throws on what a stranger sends", () => {
    const random = fc.record({
      method: fc.constantFrom("GET", "POST", "PUT"),
      query: fc.webQueryParameters(),
      body: fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.json().map((text) => new TextEncoder().encode(text)),
      ),
      headers: fc.dictionary(
        fc.constantFrom("content-type", "x-signature", "x-request-signature"),
        fc.string(),
      ),
    });
    fc.assert(
      fc.property(random, (given) => {
        const read = reader()?.read(aReportRequest(given));
        expect(["reports", "unauthentic", "malformed"]).toContain(read?.kind);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses a body over 16 KiB", () => {
    const [first] = genuine;
    const huge = { ...first!.request, body: new Uint8Array(20_000).fill(0x20) };
    expect(reader()?.read(huge).kind).toBe("malformed");
  });
}
