import { describe, expect, it } from "vitest";
import { signedHeaders } from "../../../src/twins/seven/signature.ts";
import { aTwin, get, seven } from "./calls.ts";

const to = "+4915112345678";
const text = "Code 123456";
const json = (body: string) => JSON.parse(body);

describe("a send to seven's twin", () => {
  it("answers an accepted message in the documented form", async () => {
    const twin = await aTwin("seven", { faults: { balance: 41.325 } });
    const answer = await seven(twin, "sms", { to, text, from: "Acme", foreign_id: "a-1", ttl: "5" });
    expect(answer.status).toBe(200);
    expect(json(answer.body)).toEqual({
      success: "100",
      total_price: 0.075,
      balance: 41.25,
      debug: "false",
      sms_type: "direct",
      messages: [
        {
          id: "77000000001",
          sender: "Acme",
          recipient: "4915112345678",
          text,
          encoding: "gsm",
          label: null,
          parts: 1,
          udh: null,
          is_binary: false,
          price: 0.075,
          success: true,
          error: null,
          error_text: null,
        },
      ],
    });
    expect(twin.ledger.since(0)).toMatchObject([
      { event: "accepted", recipient: "4915112345678", text, foreignId: "a-1", ttlMs: 300_000 },
    ]);
  });

  it.each([
    ["JSON body", JSON.stringify({ to, text, return_msg_id: true }), { accept: "application/json" }],
    ["form with json=1", { to, text, json: "1" }, {}],
  ])("answers JSON to a %s", async (_, fields, headers) => {
    const twin = await aTwin("seven");
    const answer = await seven(twin, "sms", fields, { "x-api-key": "key", ...headers });
    expect(json(answer.body)).toMatchObject({ success: "100", messages: [{ id: "77000000001" }] });
  });

  it("answers plain text without a wish for JSON: code, id, details", async () => {
    const twin = await aTwin("seven", { faults: { reloadLock: false, balance: 4.725 } });
    const plain = { "x-api-key": "key" };
    expect((await seven(twin, "sms", { to, text }, plain)).body).toBe("100");
    expect((await seven(twin, "sms", { to, text, return_msg_id: "1" }, plain)).body).toBe("100\n77000000002");
    const details = await seven(twin, "sms", { to, text, return_msg_id: "1", details: "1" }, plain);
    expect(details.body.split("\n")).toEqual([
      "100",
      "77000000003",
      "Verbucht: 0",
      "Preis: 0.075",
      "Guthaben: 4.5",
      `Text: ${text}`,
      "SMS-Typ: direct",
      "Flash SMS: false",
      "Encoding: gsm",
      "GSM0338: true",
      "Debug: false",
    ]);
  });

  it.each([
    ["X-Api-Key", { "x-api-key": "secret" }, {}],
    ["Basic with the raw key", { authorization: "Basic secret" }, {}],
    ["Bearer", { authorization: "Bearer secret" }, {}],
    ["parameter p", {}, { p: "secret" }],
  ])("takes the key by %s", async (_, headers, fields) => {
    const twin = await aTwin("seven", { apiKey: "secret" });
    const answer = await seven(
      twin,
      "sms",
      { to, text, ...fields },
      { accept: "application/json", ...headers },
    );
    expect(json(answer.body).success).toBe("100");
  });

  it.each([
    ["quoted for JSON callers", "sms", { accept: "application/json", "x-api-key": "wrong" }, '"900"'],
    ["quoted without any key", "sms", { accept: "application/json" }, '"900"'],
    ["bare for text callers", "sms", { "x-api-key": "wrong" }, "900"],
    ["base64 is not the raw key", "sms", { authorization: `Basic ${btoa("secret:")}` }, "900"],
    ["bare from voice", "voice", { accept: "application/json", "x-api-key": "wrong" }, "900"],
    ["quoted from balance", "balance", { accept: "application/json", "x-api-key": "wrong" }, '"900"'],
  ])("answers a bad key with 200 and 900: %s", async (_, path, headers, body) => {
    const twin = await aTwin("seven", { apiKey: "secret" });
    const answer = await seven(twin, path, { to, text }, headers);
    expect([answer.status, answer.body]).toEqual([200, body]);
    expect(twin.ledger.counts().accepted).toBe(0);
  });

  it.each([
    ["no recipient", { text }, { success: "301" }],
    ["no text", { to }, { success: "305" }],
    ["a text of 1521", { to, text: "x".repeat(1_521) }, { success: "401" }],
    ["a sender of 12 letters", { to, text, from: "ABCDEFGHIJKL" }, { success: "201" }],
    ["a foreign_id with a colon", { to, text, foreign_id: "a:1" }, { success: false, error_code: 400 }],
    ["a foreign_id of 65", { to, text, foreign_id: "x".repeat(65) }, { success: false, error_code: 400 }],
    ["a ttl of 0", { to, text, ttl: "0" }, { success: false, error_code: 400 }],
    [
      "a number of 3 digits",
      { to: "+491", text },
      { success: "202", messages: [{ success: false, error: "202" }] },
    ],
  ])("refuses %s", async (_, fields: Record<string, string>, body) => {
    const twin = await aTwin("seven");
    expect(json((await seven(twin, "sms", fields)).body)).toMatchObject(body);
    expect(twin.ledger.counts().accepted).toBe(0);
  });

  it.each([
    ["bare", "301"],
    ["quoted", '"301"'],
    ["object", '{"success":"301"}'],
    ["error-code", '{"success":false,"error_code":301,"error_message":"The send failed with code 301."}'],
  ] as const)("writes a refusal in the shape %s if the script says so", async (errorShape, body) => {
    const twin = await aTwin("seven", { faults: { errorShape } });
    expect((await seven(twin, "sms", { text })).body).toBe(body);
  });

  it("reads a comma list, every number form, and takes a typo with a letter for a name", async () => {
    const twin = await aTwin("seven", { contacts: { Team: ["+4915111111111", "+4915122222222"] } });
    const list = "+49 151/1234-5678, 004915187654321,015199999999,Team,4915l2345678";
    const { success, messages, total_price } = json((await seven(twin, "sms", { to: list, text })).body);
    expect(success).toBe("100");
    expect(total_price).toBe(0.45);
    expect(messages.map((message: { recipient: string }) => message.recipient)).toEqual([
      "4915112345678",
      "4915187654321",
      "4915199999999",
      "4915111111111",
      "4915122222222",
      "4915l2345678",
    ]);
  });

  it("says 101 when one of two recipients failed", async () => {
    const twin = await aTwin("seven");
    const { success, messages } = json((await seven(twin, "sms", { to: `${to},+491`, text })).body);
    expect([success, messages[0].success, messages[1].success, messages[1].id]).toEqual([
      "101",
      true,
      false,
      null,
    ]);
  });

  it("validates and sends nothing with debug=1", async () => {
    const twin = await aTwin("seven");
    const body = json((await seven(twin, "sms", { to, text, debug: "1" })).body);
    expect(body).toMatchObject({
      success: "100",
      debug: "true",
      total_price: 0,
      messages: [{ id: null, price: 0 }],
    });
    expect(twin.ledger.counts().accepted).toBe(0);
  });

  it("counts parts and switches to ucs2", async () => {
    const twin = await aTwin("seven");
    const one = json((await seven(twin, "sms", { to, text: "ä".repeat(161) })).body);
    const two = json((await seven(twin, "sms", { to, text: "Код 123456" })).body);
    expect([one.messages[0].encoding, one.messages[0].parts, one.total_price]).toEqual(["gsm", 2, 0.15]);
    expect([two.messages[0].encoding, two.messages[0].parts]).toEqual(["ucs2", 1]);
  });

  it("answers 500 once the balance is used up", async () => {
    const twin = await aTwin("seven", { faults: { balance: 0.1 } });
    expect(json((await seven(twin, "sms", { to, text })).body).success).toBe("100");
    expect((await seven(twin, "sms", { to, text: "Code 2" })).body).toBe('{"success":"500"}');
    expect(json((await get(twin, "balance")).body)).toEqual({ amount: 0.025, currency: "EUR" });
    expect((await seven(twin, "balance", {}, { "x-api-key": "key" }, "GET")).body).toBe("0.025");
  });

  it("refuses a wrong or old signature and one that is missing where it is required", async () => {
    const twin = await aTwin("seven", { signingKey: "s", signingRequired: true });
    const url = `${twin.url}/api/sms`;
    const body = JSON.stringify({ to, text });
    const key = { accept: "application/json", "x-api-key": "key" };
    const good = signedHeaders("s", { method: "POST", url, body });
    const bad = signedHeaders("other", { method: "POST", url, body });
    expect((await seven(twin, "sms", body, key)).body).toBe('"901"');
    expect((await seven(twin, "sms", body, { ...key, ...bad })).body).toBe('"901"');
    expect((await seven(twin, "sms", body, { ...key, ...good, "x-timestamp": "1700000000" })).body).toBe(
      '"901"',
    );
    expect(json((await seven(twin, "sms", body, { ...key, ...good })).body).success).toBe("100");
  });
});

describe("seven's other endpoints", () => {
  it("answers a voice call with a boolean debug and a number as id", async () => {
    const twin = await aTwin("seven");
    const body = json((await seven(twin, "voice", { to, text })).body);
    expect(body).toMatchObject({
      success: "100",
      debug: false,
      total_price: 0.045,
      messages: [{ id: 77000000001 }],
    });
    const plain = await seven(twin, "voice", { to, text: "other" }, { "x-api-key": "key" });
    expect(plain.body).toBe("100\n77000000002\n0.045");
  });

  it("takes back a delayed message and nothing else", async () => {
    const twin = await aTwin("seven");
    const delay = String(Math.floor(Date.now() / 1_000) + 600);
    await seven(twin, "sms", { to, text, delay });
    await seven(twin, "sms", { to, text: "now" });
    const headers = { "x-api-key": "key", accept: "application/json" };
    const first = await seven(twin, "sms", { "ids[]": "77000000001" }, headers, "DELETE");
    const second = await seven(twin, "sms", { ids: "77000000002" }, headers, "DELETE");
    expect(json(first.body)).toEqual({ success: true, deleted: ["77000000001"] });
    expect(json(second.body)).toEqual({ success: false, deleted: [] });
  });

  it("lists prices of a country", async () => {
    const twin = await aTwin("seven");
    const body = json((await get(twin, "pricing", { country: "de" })).body);
    expect(body).toMatchObject({
      countCountries: 1,
      countries: [{ countryCode: "DE", networks: [{ price: 0.075 }] }],
    });
  });
});
