import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../../src/core/delivery.ts";
import { anAttempt } from "../../../support/build.ts";
import { aBundle, aDelivery, CODE, ID, KEY, NOW, NUMBER, read } from "../bundle.ts";

type Bundle = ReturnType<typeof aBundle>;
type Query = Record<string, string>;

const JSON_ANSWER = { accept: "application/json" };
const AUTH = { "x-api-key": KEY };

const get = (bundle: Bundle, path: string, query: Query = {}, headers: Record<string, string> = AUTH) =>
  read(bundle.app.request(`${path}?${new URLSearchParams(query).toString()}`, { headers }));
const send = (bundle: Bundle) => get(bundle, "/api/sms", { to: NUMBER, text: `${CODE} is your code` });

describe("the seven front end tells", () => {
  const at = (ms: number) => NOW + ms;
  const load =
    (delivery: Partial<Delivery> = {}): (() => Promise<{ delivery: Delivery; version: number }>) =>
    async () => ({ delivery: aDelivery(delivery), version: 1 });
  const arrived: Partial<Delivery> = {
    state: "delivered",
    endedAt: at(14_000),
    reference: "order-7",
    attempts: [
      anAttempt({
        state: "delivered",
        acceptedAt: at(1_500),
        deliveredAt: at(14_000),
        cost: { micros: 75_000, currency: "EUR" },
      }),
    ],
  };
  const row = {
    id: ID,
    to: "49*********00",
    from: "",
    text: "",
    timestamp: "2026-01-05 11:00:00",
    price: "0.0750",
    dlr: "DELIVERED",
    dlr_timestamp: "2026-01-05 11:00:14",
    mccmnc: null,
    latency: "1.5000",
    type: "direct",
    channel: "SMS",
    connection: "http",
    label: null,
    foreign_id: "order-7",
  };
  const rows = (answer: { raw: string }) => JSON.parse(answer.raw) as Record<string, unknown>[];
  const journal = (bundle: Bundle, query: Query = {}) => get(bundle, "/api/journal/outbound", query);

  it("the balance", async () => {
    const json = await get(aBundle(), "/api/balance", {}, { ...AUTH, ...JSON_ANSWER });
    expect(json.body).toEqual({ amount: 41.25, currency: "EUR" });
    expect((await get(aBundle(), "/compat/seven/api/balance")).raw).toBe("41.25");
    const unknown = await get(aBundle({ balance: async () => undefined }), "/api/balance");
    expect([unknown.status, unknown.raw]).toEqual([503, "600"]);
  });

  it("what was sent here, newest first, to the client that sent it", async () => {
    const bundle = aBundle({ load: load(arrived) });
    expect(rows(await journal(bundle))).toEqual([]);
    await send(bundle);
    expect(bundle.noted).toEqual([{ clientId: "cloud", id: ID, recipient: NUMBER }]);
    expect(rows(await journal(bundle))).toEqual([row]);
    expect(rows(await journal(bundle, { id: ID }))).toEqual([row]);
    const theirs = { "x-api-key": "other.s3cr3t-of-other" };
    expect(rows(await get(bundle, "/api/journal/outbound", {}, theirs))).toEqual([]);
    expect(rows(await get(bundle, "/api/journal/outbound", { id: ID }, theirs))).toEqual([]);
  });

  it.each([
    [{ to: NUMBER }, 1],
    [{ to: "0171 000 000 00" }, 1],
    [{ to: "+4917100000001" }, 0],
    [{ state: "delivered" }, 1],
    [{ state: "FAILED" }, 0],
    [{ date_from: "2026-01-05", date_to: "2026-01-05" }, 1],
    [{ date_from: "2026-01-06" }, 0],
    [{ date_to: "2026-01-04" }, 0],
    [{ date_from: "undefined", date_to: "undefined" }, 1],
    [{ limit: "0" }, 1],
    [{ offset: "1" }, 0],
    [{ limit: "1", offset: "x" }, 1],
  ] as [Query, number][])("%o finds %i", async (query, count) => {
    const bundle = aBundle({ load: load(arrived) });
    await send(bundle);
    expect(rows(await journal(bundle, query))).toHaveLength(count);
  });

  it("nothing of a number that is none", async () => {
    expect((await journal(aBundle(), { to: "anna" })).status).toBe(400);
  });

  it("the status of messages, one row for each id", async () => {
    const bundle = aBundle({ load: load(arrived) });
    const ask = (msg_id: string, headers = {}) =>
      get(bundle, "/api/status", { msg_id }, { ...AUTH, ...headers });
    expect(rows(await ask(`${ID},77`, JSON_ANSWER))).toEqual([
      { id: ID, status: "DELIVERED", status_time: "2026-01-05 11:00:14.000" },
      { id: "77", status: null, status_time: null },
    ]);
    expect((await ask(ID)).raw).toBe("DELIVERED\n2026-01-05 11:00:14.000");
    const unknown = await ask("77");
    expect([unknown.status, unknown.raw]).toEqual([404, "901"]);
    expect((await ask(Array(101).fill(ID).join(","))).status).toBe(400);
  });

  it.each([
    ["queued", null],
    ["sending", null],
    ["sent", "ACCEPTED"],
    ["unconfirmed", "ACCEPTED"],
    ["failed", "FAILED"],
    ["expired", "EXPIRED"],
    ["cancelled", "REJECTED"],
    ["verified", "DELIVERED"],
  ] as const)("%s as %s", async (state, status) => {
    const attempts = state === "queued" ? [] : [anAttempt({ acceptedAt: at(1_000) })];
    const bundle = aBundle({ load: load({ state, attempts }) });
    const answer = await get(bundle, "/api/status", { msg_id: ID }, { ...AUTH, ...JSON_ANSWER });
    expect(rows(answer)[0]?.["status"]).toBe(status);
  });

  it("a number in the journal's question in no log line", async () => {
    const bundle = aBundle();
    await journal(bundle, { to: NUMBER, p: KEY });
    expect(JSON.stringify(bundle.answered)).not.toMatch(/1710000|s3cr3t/);
  });
});
