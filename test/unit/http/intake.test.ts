import { describe, expect, it } from "vitest";
import { acceptedSchema, problemSchema } from "../../../src/http/view-schema.ts";
import { aBundle, aDelivery, aRequest, CODE, ID, NOW, NUMBER, read } from "./bundle.ts";

const post = (bundle: ReturnType<typeof aBundle>, body: unknown, headers = {}) =>
  read(bundle.app.request("/v1/deliveries", aRequest(body, headers)));

describe("POST /v1/deliveries", () => {
  it("answers 202 with id, state, end of life and where the timeline is", async () => {
    const answer = await post(aBundle(), { to: NUMBER, code: CODE });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe(`/v1/deliveries/${ID}`);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(acceptedSchema.parse(answer.body)).toEqual({
      id: ID,
      state: "queued",
      expiresAt: new Date(NOW + 300_000).toISOString(),
    });
  });

  it("hands over one parsed meaning for a bare code", async () => {
    const bundle = aBundle();
    const body = { to: "0171 000000 00", code: CODE, locale: "de-AT", reference: "a@b:1", routes: ["r1"] };
    await post(bundle, { ...body, validForMs: 60_000 }, { "idempotency-key": "k-1" });
    expect(bundle.accepted).toEqual([
      expect.objectContaining({
        recipient: NUMBER,
        content: { code: CODE, text: `${CODE} ist Ihr Best\u00E4tigungscode.` },
        purpose: "login",
        validForMs: 60_000,
        reference: "a@b:1",
        routes: ["r1"],
        idempotencyKey: "k-1",
      }),
    ]);
  });

  it("finds code and purpose in a text", async () => {
    const bundle = aBundle();
    await post(bundle, { to: NUMBER, text: `${CODE} is your verification code.` });
    await post(bundle, { to: NUMBER, text: "Two Factor Gateway test message" });
    await post(bundle, { to: NUMBER, text: "Hello", purpose: "login" });
    expect(bundle.accepted.map((r) => [r.content.code, r.purpose])).toEqual([
      [CODE, "enrolment"],
      [undefined, "test"],
      [undefined, "login"],
    ]);
  });

  it.each([NOW + 90_000, new Date(NOW + 90_000).toISOString(), "2026-01-05T11:01:30+01:00"])(
    "takes expiresAt as %s",
    async (expiresAt) => {
      const bundle = aBundle();
      await post(bundle, { to: NUMBER, code: CODE, expiresAt });
      expect(bundle.accepted[0]?.validForMs).toBe(90_000);
    },
  );

  it.each([
    [-1, true],
    [59_999, true],
    [60_000, false],
    [600_000, false],
    [600_001, true],
  ])("hands over an end in %i ms, out of bounds: %s", async (ms, isOutOfBounds) => {
    const bundle = aBundle();
    await post(bundle, { to: NUMBER, code: CODE, expiresAt: NOW + ms });
    expect(bundle.accepted).toMatchObject([{ validForMs: ms, isOutOfBounds }]);
  });

  it("refuses an end out of bounds by name where it is no repeat", async () => {
    const accept = async () => ({ kind: "refused", code: "out_of_bounds" }) as const;
    const answer = await post(aBundle({ accept }), { to: NUMBER, code: CODE, expiresAt: NOW - 1 });
    expect(problemSchema.parse(answer.body)).toMatchObject({ status: 400, code: "invalid_request" });
    expect(answer.body["field"]).toBe("expiresAt");
  });

  it("binds an idempotency key to what is meant, not to how it is written", async () => {
    const bundle = aBundle();
    await post(bundle, { to: NUMBER, code: CODE });
    await post(bundle, `{ "code": "${CODE}", "to": "+49 171 0000-0000" }`);
    await post(bundle, { to: NUMBER, code: CODE, validForMs: 60_000 });
    const [first, same, different] = bundle.accepted.map((r) => r.fingerprint);
    expect(same).toBe(first);
    expect(different).not.toBe(first);
  });

  it("says when a twin serves", async () => {
    expect((await post(aBundle({ sandbox: true }), { to: NUMBER, code: CODE })).body["sandbox"]).toBe(true);
  });

  it("answers a repeat with 202 and the same id", async () => {
    const bundle = aBundle({
      accept: async () => ({ kind: "accepted", delivery: aDelivery({ state: "sent" }), repeated: true }),
    });
    const answer = await post(bundle, { to: NUMBER, code: CODE });
    expect([answer.status, answer.body["id"], answer.body["state"]]).toEqual([202, ID, "sent"]);
    expect(bundle.answered[0]).toMatchObject({ code: "repeated", clientId: "cloud", deliveryId: ID });
  });
});

const code = { to: NUMBER, code: CODE };
const REFUSED: [name: string, body: unknown, status: number, problem: string, field: string | undefined][] = [
  ["broken JSON", '{"to":', 400, "invalid_json", undefined],
  ["an empty body", "", 400, "invalid_json", undefined],
  ["a doubled name", `{"to":"${NUMBER}","code":"1111","code":"2222"}`, 400, "invalid_json", undefined],
  [
    "a doubled name that is escaped",
    `{"to":"1","c\\u006fde":"1111","code":"2222"}`,
    400,
    "invalid_json",
    undefined,
  ],
  ["deep nesting", `${"[".repeat(3000)}${"]".repeat(3000)}`, 400, "invalid_json", undefined],
  ["a list", [code], 400, "invalid_request", undefined],
  ["null", null, 400, "invalid_request", undefined],
  ["a text instead of an object", '"hello"', 400, "invalid_request", undefined],
  ["a number as number", { ...code, to: 4917100000000 }, 400, "invalid_request", "to"],
  ["no recipient", { code: CODE }, 400, "invalid_request", "to"],
  ["an unknown field", { ...code, sender: "x" }, 400, "invalid_request", "sender"],
  ["an unknown field that is a number", { ...code, [NUMBER]: 1 }, 400, "invalid_request", undefined],
  [
    "__proto__",
    `{"to":"${NUMBER}","code":"${CODE}","__proto__":{"a":1}}`,
    400,
    "invalid_request",
    "__proto__",
  ],
  ["constructor", { ...code, constructor: 1 }, 400, "invalid_request", "constructor"],
  ["code and text", { ...code, text: "x" }, 400, "invalid_request", "text"],
  ["neither code nor text", { to: NUMBER }, 400, "invalid_request", "code"],
  ["a short code", { to: NUMBER, code: "123" }, 400, "invalid_request", "code"],
  ["a code with a space", { to: NUMBER, code: "123 456" }, 400, "invalid_request", "code"],
  ["a template", { ...code, template: "login" }, 400, "unknown_template", "template"],
  ["a strange locale", { ...code, locale: "../en" }, 400, "invalid_request", "locale"],
  ["too short a life", { ...code, validForMs: 59_999 }, 400, "invalid_request", "validForMs"],
  ["too long a life", { ...code, validForMs: 600_001 }, 400, "invalid_request", "validForMs"],
  ["half a millisecond", { ...code, validForMs: 60_000.5 }, 400, "invalid_request", "validForMs"],
  [
    "two ends of life",
    { ...code, validForMs: 60_000, expiresAt: NOW + 90_000 },
    400,
    "invalid_request",
    "expiresAt",
  ],
  [
    "a time without offset",
    { ...code, expiresAt: "2026-01-05T10:02:00" },
    400,
    "invalid_request",
    "expiresAt",
  ],
  ["an unknown purpose", { ...code, purpose: "spam" }, 400, "invalid_request", "purpose"],
  ["a reference with spaces", { ...code, reference: "a b" }, 400, "invalid_request", "reference"],
  ["no routes", { ...code, routes: [] }, 400, "invalid_request", "routes"],
  ["nine routes", { ...code, routes: Array(9).fill("a") }, 400, "invalid_request", "routes"],
  ["a route with a colon", { ...code, routes: ["a:b"] }, 400, "invalid_request", "routes"],
  ["a name as recipient", { ...code, to: "Anna" }, 400, "invalid_recipient", "to"],
  ["several recipients", { ...code, to: `${NUMBER},${NUMBER}` }, 400, "invalid_recipient", "to"],
  ["full-width digits", { ...code, to: "\uFF0B\uFF14\uFF19171000000" }, 400, "invalid_recipient", "to"],
  ["an impossible number", { ...code, to: "+4912" }, 400, "invalid_recipient", "to"],
  ["a text of spaces", { to: NUMBER, text: "   " }, 400, "invalid_text", "text"],
  ["a long text", { to: NUMBER, text: "x".repeat(1521) }, 400, "invalid_text", "text"],
  ["a direction change", { to: NUMBER, text: `\u202E${CODE}` }, 400, "invalid_text", "text"],
  ["a zero-width space", { to: NUMBER, text: `48\u200B2913` }, 400, "invalid_text", "text"],
  ["a NUL", { to: NUMBER, text: "a\u0000b" }, 400, "invalid_text", "text"],
  ["a line break and more", { to: NUMBER, text: "a\r\nSet-Cookie: x" }, 400, "invalid_text", "text"],
  ["8 KB and one", { to: NUMBER, text: "x".repeat(8192) }, 413, "body_too_large", undefined],
  ["a megabyte", "x".repeat(1_000_000), 413, "body_too_large", undefined],
];

describe("a request that does not fit", () => {
  it.each(REFUSED)(
    "%s is refused by name and starts nothing",
    async (_name, body, status, problem, field) => {
      const bundle = aBundle();
      const answer = await post(bundle, body);
      expect(problemSchema.parse(answer.body)).toMatchObject({ status, code: problem });
      expect([answer.status, answer.body["field"]]).toEqual([status, field]);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(answer.raw).not.toMatch(/482913|17100000000/);
      expect(bundle.accepted).toEqual([]);
      expect(bundle.faults).toEqual([]);
    },
  );

  it.each([
    [{ "content-type": "text/plain" }, 415, "unsupported_media_type"],
    [{ "content-type": "application/x-www-form-urlencoded" }, 415, "unsupported_media_type"],
    [{ "content-encoding": "gzip" }, 415, "unsupported_media_type"],
    [{ "content-length": "9000" }, 413, "body_too_large"],
    [{ "idempotency-key": "" }, 400, "invalid_idempotency_key"],
    [{ "idempotency-key": "a b" }, 400, "invalid_idempotency_key"],
    [{ "idempotency-key": "x".repeat(256) }, 400, "invalid_idempotency_key"],
  ])("the headers %o are refused", async (headers, status, problem) => {
    const bundle = aBundle();
    const answer = await post(bundle, code, headers);
    expect([answer.status, answer.body["code"]]).toEqual([status, problem]);
    expect(bundle.accepted).toEqual([]);
  });

  it("stops reading a body without a length at the limit", async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1024).fill(32));
      },
    });
    const init = { ...aRequest("x"), body: endless, duplex: "half" } as RequestInit;
    expect((await aBundle().app.request("/v1/deliveries", init)).status).toBe(413);
    expect(pulled).toBeLessThan(15);
  });
});
