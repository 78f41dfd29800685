import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Delivery } from "../../src/core/delivery.ts";
import { find } from "../../src/flows/find.ts";
import { createOperatorApp } from "../../src/http/operator-app.tsx";
import { createFigureRecorder } from "../../src/redis/figure-recorder.ts";
import { createFigureStore } from "../../src/redis/figure-store.ts";
import { createFigures } from "../../src/redis/figures.ts";
import { createFinder } from "../../src/redis/find.ts";
import { operatorListener, TOKEN } from "../support/operator-listener.ts";
import { aRedisBundle, aRequest, type RedisBundle } from "../support/redis-bundle.ts";

let bundle: RedisBundle;
let requests: unknown[];
beforeEach(() => {
  bundle = aRedisBundle({ limits: { per10Min: 1, perDay: 0 } });
  requests = [];
});
afterEach(() => bundle.close());

function app() {
  const { client, keys, vault, refusals, store } = bundle;
  const clients = async () => [
    { id: "cloud", region: "DE" },
    { id: "vienna", region: "AT" },
  ];
  const finder = createFinder({ client, keys, vault, providers: () => ["seven"], now: Date.now });
  return createOperatorApp({
    ...operatorListener(Date.now).deps,
    find: { find: (query) => find({ finder, refusals, clients }, query), load: store.load },
    figures: createFigures({
      client,
      keys,
      store: createFigureStore(client, keys),
      lanes: async () => [],
      clients,
      balances: async () => new Map([["seven", [{ at: 0, micros: 1_500_000, currency: "EUR" }]]]),
      now: Date.now,
    }),
    onRequest: (request) => void requests.push(request),
    onFault: (error) => {
      throw error;
    },
  });
}

async function ask(path: string, body?: unknown) {
  const answer = await app().request(`http://localhost${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const raw = await answer.text();
  return { status: answer.status, raw, body: JSON.parse(raw) as Record<string, unknown> };
}

async function taken(changes: object = {}): Promise<{ delivery: Delivery; recipient: string }> {
  const request = { ...aRequest(), ...changes };
  const accepted = await bundle.accept(request);
  if (accepted.kind !== "accepted") throw new Error(accepted.code);
  return { delivery: accepted.delivery, recipient: request.recipient };
}

describe("POST /api/find", () => {
  test("finds by number, id, reference, and says what to read to the user; the number stays masked", async () => {
    const { delivery, recipient } = await taken({ reference: "ticket-7" });
    const national = `0${recipient.slice(3)}`;
    for (const term of [
      { number: recipient },
      { number: ` ${national} `, client: "cloud" },
      { number: national, region: "de" },
      { id: delivery.id },
      { id: `${delivery.id}-1` },
      { reference: "ticket-7" },
    ]) {
      const { status, raw, body } = await ask("/api/find", term);
      expect([status, body["result"]], JSON.stringify(term)).toEqual([200, "found"]);
      expect(body["deliveries"]).toMatchObject([
        { id: delivery.id, client: "cloud", state: "queued", says: expect.stringMatching(/just being sent/) },
      ]);
      expect(raw).not.toContain(recipient.slice(4, -2));
    }
    expect(JSON.stringify(requests)).not.toContain(recipient.slice(4, -2));
  });

  test("answers what nothing was found for with refusals and three things to check", async () => {
    const { body } = await ask("/api/find", { number: "+4915199999999", language: "de" });
    expect(body).toMatchObject({ result: "nothing", refusals: [], lastSent: [] });
    expect((body["helpDesk"] as { next: string[] }).next).toHaveLength(3);
    expect(body["helpDesk"]).toMatchObject({ says: expect.stringMatching(/^Seit .* kein Code angefordert/) });
    const { recipient } = await taken();
    await bundle.accept({ recipient: recipient as never });
    await bundle.refusals.close();
    const { body: found } = await ask("/api/find", { number: recipient });
    expect(found).toMatchObject({
      result: "found",
      refusals: [{ client: "cloud", code: "recipient_limit" }],
    });
  });

  test("asks back where a number can be read in two ways", async () => {
    const { status, body } = await ask("/api/find", { number: "06641234567" });
    expect([status, body["result"]]).toEqual([200, "several"]);
    expect(body["readings"]).toMatchObject([{ region: "DE" }, { region: "AT" }]);
  });

  test.each([
    [{}, "invalid_request"],
    [{ number: "+4915199999999", id: "x" }, "invalid_request"],
    [{ number: "+4915199999999", more: "+4915199999999" }, "invalid_request"],
    [{ number: "+4915199999999", region: "Germany" }, "invalid_request"],
    [{ number: "015199999999x" }, "invalid_recipient"],
    [{ number: "+49 1" }, "invalid_recipient"],
  ])("%j is refused as %s without being quoted", async (term, code) => {
    const { status, raw, body } = await ask("/api/find", term);
    expect([status, body["code"]]).toEqual([400, code]);
    expect(raw).not.toContain("9999");
  });
});

describe("GET /api/deliveries/{id}", () => {
  test("shows any client's delivery with its timeline, in the language asked for", async () => {
    const { delivery, recipient } = await taken();
    const { raw, body } = await ask(`/api/deliveries/${delivery.id}?language=de`);
    expect(body).toMatchObject({ id: delivery.id, client: "cloud", helpDesk: { next: expect.any(Array) } });
    expect((body["timeline"] as { text: string }[])[0]?.text).toMatch(/^Angenommen \(Anmeldung\)/);
    expect(raw).not.toContain(recipient.slice(4, -2));
  });

  test.each(["x", "019aa000-0000-7000-8000-000000000001"])("%s is not there", async (id) => {
    expect((await ask(`/api/deliveries/${id}`)).status).toBe(404);
  });
});

describe("GET /api/figures", () => {
  test("shows the overview and the series of a span, with money as text", async () => {
    const recorder = createFigureRecorder(createFigureStore(bundle.client, bundle.keys), Date.now);
    const sums: [string, number][] = [
      ["accepted", 1],
      ["c:EUR", 75_000],
    ];
    recorder.observe([{ all: true, clientId: "cloud", route: "seven-sms", country: "49", sums }]);
    await recorder.close();
    const { body } = await ask("/api/figures?span=7d");
    const cost = [{ amount: "0.075", currency: "EUR" }];
    expect(body).toMatchObject({
      span: "7d",
      overview: {
        hour: { accepted: 1, cost },
        spend: [{ client: "cloud", deliveries: 1, cost }, { client: "vienna" }],
        balances: [{ account: "seven", amount: "1.50", currency: "EUR" }],
        expiringSoon: { count: 0, atLeast: false },
      },
      routes: [{ name: "seven-sms", accepted: 1, cost }],
      countries: [{ name: "49" }],
    });
    expect((body["series"] as unknown[]).length).toBe(168);
    const day = new Date().toISOString().slice(0, 10);
    expect((await ask(`/api/figures/clients/cloud?day=${day}`)).body).toMatchObject({ accepted: 1, cost });
    const from = new Date(Date.now() - 60_000).toISOString();
    const { body: route } = await ask(`/api/figures/routes/seven-sms?span=1h&from=${from}`);
    expect((route["series"] as { accepted: number }[]).reduce((sum, p) => sum + p.accepted, 0)).toBe(1);
    const { body: own } = await ask("/api/figures/clients/cloud?span=24h");
    expect((own["series"] as unknown[]).length).toBe(288);
  });

  test.each([
    "/api/figures?span=1y",
    "/api/figures/clients/cloud?day=yesterday",
    "/api/figures/clients/cloud?day=2026-99-99",
    "/api/figures/routes/seven-sms?from=09:05",
    "/api/figures/routes/seven-sms?from=2026-11-24T09:05",
  ])("%s is refused with what is taken", async (path) => {
    const { status, body } = await ask(path);
    expect([status, body["code"]]).toEqual([400, "invalid_request"]);
    expect(body["detail"]).toMatch(/such as|one of/);
  });
});
