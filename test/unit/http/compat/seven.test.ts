import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../../src/core/delivery.ts";
import type { Msisdn } from "../../../../src/core/phone.ts";
import { anAttempt } from "../../../support/build.ts";
import { aBundle, aDelivery, CODE, ID, KEY, NOW, NUMBER, read } from "../bundle.ts";

type Bundle = ReturnType<typeof aBundle>;
type Query = Record<string, string>;

const TEXT = `${CODE} is your Nextcloud authentication code`;
const JSON_ANSWER = { accept: "application/json" };
const AUTH = { "x-api-key": KEY };
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

const get = (bundle: Bundle, path: string, query: Query = {}, headers: Record<string, string> = AUTH) =>
  read(bundle.app.request(`${path}?${new URLSearchParams(query).toString()}`, { headers }));
const send = (bundle: Bundle, query: Query = {}, headers: Record<string, string> = AUTH) =>
  get(bundle, "/api/sms", { to: NUMBER, text: TEXT, ...query }, headers);

describe("the seven front end sends", () => {
  it("and answers JSON that does not say the text again", async () => {
    const answer = await send(aBundle(), { from: "Cloud" }, { ...AUTH, ...JSON_ANSWER });
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        success: "100",
        total_price: 0,
        debug: "false",
        sms_type: "direct",
        messages: [
          {
            id: ID,
            sender: "Cloud",
            recipient: NUMBER.slice(1),
            text: "",
            price: 0,
            success: true,
            error: null,
            error_text: null,
          },
        ],
      },
    ]);
  });

  it("and answers text by default, with the id where it is asked for", async () => {
    expect((await send(aBundle())).raw).toBe("100");
    expect((await send(aBundle(), { return_msg_id: "1" })).raw).toBe(`100\n${ID}`);
    expect((await send(aBundle(), { json: "1" })).body["success"]).toBe("100");
  });

  it.each(["/api/sms", "/compat/seven/api/sms", "//api//sms", "/compat/seven//api/sms/"])(
    "at %s, by POST with a form and with JSON",
    async (path) => {
      const bundle = aBundle();
      const form = new URLSearchParams({ to: NUMBER, text: TEXT });
      const post = (body: URLSearchParams | string, headers: Record<string, string> = {}) =>
        bundle.app.request(`http://otp.example.org${path}`, {
          method: "POST",
          headers: { ...AUTH, ...headers },
          body,
        });
      expect((await post(form)).status).toBe(200);
      const json = JSON.stringify({ to: NUMBER, text: TEXT });
      expect((await post(json, { "content-type": "application/json" })).status).toBe(200);
      expect(bundle.accepted.map(({ door }) => door)).toEqual(["seven", "seven"]);
    },
  );

  it.each([
    ["X-Api-Key", {}, AUTH],
    ["Basic with the raw key", {}, { authorization: `Basic ${KEY}` }],
    ["Basic with user and password", {}, { authorization: basic(`cloud:${KEY}`) }],
    ["Bearer", {}, { authorization: `Bearer ${KEY}` }],
    ["p", { p: KEY }, {}],
    ["u and p", { u: "cloud", p: "s3cr3t-of-cloud" }, {}],
  ] as [string, Query, Record<string, string>][])("with the key in %s", async (_how, query, headers) => {
    expect((await send(aBundle(), query, headers)).status).toBe(200);
  });

  it("within the life that ttl gives, and with the caller's own id where it tells nothing", async () => {
    const bundle = aBundle();
    for (const ttl of ["0", "3", "2880"]) await send(bundle, { ttl });
    await send(bundle, { ttl: "x", foreign_id: "order-7" });
    await send(bundle, { foreign_id: `sms-${NUMBER.slice(1)}` });
    await send(bundle, { foreign_id: `otp-${CODE}` });
    await send(bundle, { foreign_id: "with spaces" });
    expect(bundle.accepted.map(({ validForMs }) => validForMs).slice(0, 4)).toEqual([
      60_000, 180_000, 600_000, 300_000,
    ]);
    expect(bundle.accepted.map(({ reference }) => reference).slice(3)).toEqual([
      "order-7",
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("the seven front end refuses with a status and a code", () => {
  const REFUSED: [name: string, query: Query, status: number, code: string][] = [
    ["a name", { to: "anna" }, 400, "202"],
    ["several numbers", { to: `${NUMBER},${NUMBER}` }, 400, "202"],
    ["no text", { text: "" }, 400, "305"],
    ["a delay", { delay: "1700000000" }, 400, "305"],
    ["a binary", { udh: "06050403010301" }, 400, "305"],
  ];
  it.each(REFUSED)("%s", async (_name, query, status, code) => {
    const bundle = aBundle();
    const json = await send(bundle, query, { ...AUTH, ...JSON_ANSWER });
    expect([json.status, json.body["success"]]).toEqual([status, code]);
    const [message] = json.body["messages"] as Record<string, unknown>[];
    expect(message).toMatchObject({ success: false, error: code, id: null });
    expect(message?.["error_text"]).toMatch(/^[A-Za-z].*\.$/);
    const text = await send(bundle, query);
    expect([text.status, text.raw]).toEqual([status, code]);
    expect(json.raw).not.toMatch(/482913|17100000000|s3cr3t/);
    expect(bundle.accepted).toEqual([]);
  });

  it("a wrong key, as bare as seven does", async () => {
    const json = await send(aBundle(), {}, { "x-api-key": "cloud.wrong", ...JSON_ANSWER });
    expect([json.status, json.raw]).toEqual([401, '"900"']);
    const text = await send(aBundle(), {}, {});
    expect([text.status, text.raw]).toEqual([401, "900"]);
    expect((await get(aBundle(), "/api/journal/outbound", {}, JSON_ANSWER)).raw).toBe('"900"');
  });

  it("a limit", async () => {
    const limit = { kind: "refused", code: "recipient_limit", retryAfterMs: 5_000 } as const;
    const answer = await send(aBundle({ accept: async () => limit }));
    expect([answer.status, answer.raw, answer.headers.get("retry-after")]).toEqual([429, "403", "5"]);
  });
});

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
    await journal(bundle, { to: NUMBER as Msisdn, p: KEY });
    expect(JSON.stringify(bundle.answered)).not.toMatch(/1710000|s3cr3t/);
  });
});
