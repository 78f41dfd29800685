import { describe, expect, it } from "vitest";
import { aBundle, CODE, ID, KEY, NUMBER, read } from "../bundle.ts";

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
    for (const json of ["1", "true"]) {
      expect((await send(aBundle(), { json })).body["success"]).toBe("100");
      expect((await send(aBundle(), { json, to: "anna" })).body["success"]).toBe("202");
    }
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
