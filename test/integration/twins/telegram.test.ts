import { describe, expect, it, onTestFinished } from "vitest";
import { signCallback } from "../../../src/twins/telegram-gateway/signature.ts";
import type { TwinOptions } from "../../../src/twins/serve.ts";
import { aTwin, eventually, telegram } from "./calls.ts";
import { startReceiver } from "./receiver.ts";

const phone_number = "+4915112345678";
const message = { phone_number, code: "123456", ttl: 60 };
const aTelegram = (options: TwinOptions = {}) =>
  aTwin("telegram-gateway", { token: "TEST_TOKEN", ...options });

describe("Telegram's twin", () => {
  it("answers a send with the plus-less number and the echoed payload", async () => {
    const twin = await aTelegram();
    const { status, body } = await telegram(twin, "sendVerificationMessage", { ...message, payload: "a-1" });
    expect(status).toBe(200);
    expect(body).toEqual({
      ok: true,
      result: {
        request_id: expect.stringMatching(/^\d{15}$/),
        phone_number: "4915112345678",
        request_cost: 0.01,
        remaining_balance: 0,
        delivery_status: { status: "sent", updated_at: expect.any(Number) },
        payload: "a-1",
      },
    });
    expect(twin.ledger.since(0)).toMatchObject([
      { event: "accepted", code: "123456", payload: "a-1", ttlMs: 60_000 },
    ]);
  });

  it("leaves out what there is nothing to say about", async () => {
    const twin = await aTelegram();
    const { result } = (await telegram(twin, "sendVerificationMessage", message)).body;
    const status = (await telegram(twin, "checkVerificationStatus", { request_id: result["request_id"] }))
      .body;
    expect(Object.keys(status.result).sort()).toEqual([
      "delivery_status",
      "phone_number",
      "request_cost",
      "request_id",
    ]);
  });

  it.each(["GET", "POST"])(
    "takes %s with any case of the name and the token as parameter",
    async (method) => {
      const twin = await aTelegram();
      const form = new URLSearchParams({ phone_number, code: "1234", access_token: "TEST_TOKEN" });
      const url = `${twin.url}/SENDverificationMESSAGE`;
      const answer = await (method === "GET"
        ? fetch(`${url}?${form.toString()}`)
        : fetch(url, { method, body: form }));
      expect(await answer.json()).toMatchObject({ ok: true });
    },
  );

  it.each([
    ["PHONE_NUMBER_INVALID", { phone_number: "+12" }],
    ["CODE_INVALID", { code: "12a4" }],
    ["CODE_INVALID", { code: "123456789" }],
    ["CODE_LENGTH_REQUIRED", { code: undefined }],
    ["CODE_LENGTH_INVALID", { code: undefined, code_length: 9 }],
    ["TTL_INVALID", { ttl: 29 }],
    ["TTL_INVALID", { ttl: 3_601 }],
    ["PAYLOAD_INVALID", { payload: "ä".repeat(65) }],
    ["CALLBACK_URL_INVALID", { callback_url: "http://otp.example.com/r" }],
    ["CALLBACK_URL_INVALID", { callback_url: `https://otp.example.com/${"x".repeat(256)}` }],
    ["SENDER_USERNAME_INVALID", { sender_username: "a b" }],
    ["REQUEST_ID_INVALID", { request_id: "1" }],
  ])("refuses with 200 and %s: %o", async (error, fields) => {
    const twin = await aTelegram();
    const answer = await telegram(twin, "sendVerificationMessage", { ...message, ...fields });
    expect([answer.status, answer.body]).toEqual([200, { ok: false, error }]);
    expect(twin.ledger.counts()).toMatchObject({ accepted: 0, refused: 1 });
  });

  it.each([
    ["ACCESS_TOKEN_INVALID", "sendVerificationMessage", "wrong"],
    ["ACCESS_TOKEN_REQUIRED", "sendVerificationMessage", ""],
    ["UNKNOWN_METHOD", "sendMessage", "TEST_TOKEN"],
    ["REQUEST_ID_REQUIRED", "checkVerificationStatus", "TEST_TOKEN"],
  ])("refuses with %s", async (error, method, token) => {
    const twin = await aTelegram();
    expect((await telegram(twin, method, message, token)).body).toEqual({ ok: false, error });
  });

  it("bills a check at once and sends under its id exactly once, free", async () => {
    const twin = await aTelegram({ faults: { balance: 0.02 } });
    const { result } = (await telegram(twin, "checkSendAbility", { phone_number })).body;
    expect(result).toMatchObject({ request_cost: 0.01, remaining_balance: 0.01 });
    const { request_id } = result;
    const send = async (fields: object) =>
      (await telegram(twin, "sendVerificationMessage", { ...message, ...fields })).body;
    expect(await send({ request_id, phone_number: "+4915187654321" })).toMatchObject({
      error: "PHONE_NUMBER_MISMATCH",
    });
    expect(await send({ request_id })).toMatchObject({ ok: true, result: { request_id } });
    expect(await send({ request_id })).toEqual({ ok: false, error: "MESSAGE_ALREADY_SENT" });
    expect(await send({})).toMatchObject({ ok: true });
    expect(await send({})).toEqual({ ok: false, error: "BALANCE_NOT_ENOUGH" });
    expect(twin.ledger.counts()).toMatchObject({ checked: 1, accepted: 2 });
  });

  it("bills every repeat without a request id as a new message", async () => {
    const twin = await aTelegram();
    const ids = await Promise.all([1, 2, 3].map(() => telegram(twin, "sendVerificationMessage", message)));
    expect(new Set(ids.map(({ body }) => body.result["request_id"])).size).toBe(3);
  });

  it("reaches the same share of numbers every time", async () => {
    const reached = async () => {
      const twin = await aTelegram({ faults: { reach: 0.16 } });
      const numbers = Array.from({ length: 200 }, (_, n) => `+49151123${String(n).padStart(5, "0")}`);
      const answers = await Promise.all(
        numbers.map((number) =>
          telegram(twin, "sendVerificationMessage", { ...message, phone_number: number }),
        ),
      );
      const refused = answers.filter(({ body }) => body["ok"] === false);
      expect(refused.every(({ body }) => body["error"] === "PHONE_NUMBER_NOT_AVAILABLE")).toBe(true);
      return answers.map(({ body }) => body["ok"]);
    };
    const first = await reached();
    expect(await reached()).toEqual(first);
    const count = first.filter((ok) => ok === true).length;
    expect(count).toBeGreaterThan(15);
    expect(count).toBeLessThan(55);
  });

  it("verifies codes, and tells wrong, too many and late apart", async () => {
    const twin = await aTelegram();
    const { request_id } = (await telegram(twin, "sendVerificationMessage", message)).body.result;
    const check = async (code: string) =>
      (await telegram(twin, "checkVerificationStatus", { request_id, code })).body.result[
        "verification_status"
      ];
    expect(await check("123456")).toEqual({
      status: "code_valid",
      updated_at: expect.any(Number),
      code_entered: "123456",
    });
    for (let n = 0; n < 3; n++) expect(await check("000000")).toMatchObject({ status: "code_invalid" });
    expect(await check("000000")).toMatchObject({ status: "code_max_attempts_exceeded" });
    twin.faults.set({ ttlScale: 0 });
    const second = (await telegram(twin, "sendVerificationMessage", message)).body.result["request_id"];
    await eventually(async () => {
      const { result } = (
        await telegram(twin, "checkVerificationStatus", { request_id: second, code: "123456" })
      ).body;
      expect(result["verification_status"]).toMatchObject({ status: "expired" });
    });
  });

  it("takes a revoke: undelivered becomes revoked, delivered stays with its window shut", async () => {
    const twin = await aTelegram({ faults: { reportDelayMs: 0 } });
    const status = async (request_id: unknown) =>
      (await telegram(twin, "checkVerificationStatus", { request_id })).body.result;
    const revoke = async (request_id: unknown) =>
      (await telegram(twin, "revokeVerificationMessage", { request_id })).body;
    const delivered = (await telegram(twin, "sendVerificationMessage", message)).body.result["request_id"];
    expect(await revoke(delivered)).toEqual({ ok: true, result: true });
    expect(await status(delivered)).toMatchObject({
      delivery_status: { status: "delivered" },
      verification_status: { status: "expired" },
    });
    twin.faults.set({ reportDelayMs: 60_000 });
    const waiting = (await telegram(twin, "sendVerificationMessage", message)).body.result["request_id"];
    await revoke(waiting);
    expect(await status(waiting)).toMatchObject({ delivery_status: { status: "revoked" } });
  });
});

describe("Telegram's callbacks", () => {
  async function aReportedSend(options: TwinOptions, answer?: Parameters<typeof startReceiver>[0]) {
    const receiver = await startReceiver(answer);
    onTestFinished(receiver.close);
    const twin = await aTelegram(options);
    await telegram(twin, "sendVerificationMessage", {
      ...message,
      callback_url: receiver.url,
      payload: "a-1",
    });
    return { receiver, twin, said: () => receiver.received.map(({ body }) => JSON.parse(body)) };
  }

  it("are sent, then delivered, with one updated_at and a right signature", async () => {
    const { receiver, said } = await aReportedSend({ faults: { reportDelayMs: 30 } });
    await eventually(() => expect(receiver.received).toHaveLength(2));
    const sent = said().find((one) => one.delivery_status.status === "sent");
    const delivered = said().find((one) => one.delivery_status.status === "delivered");
    expect(sent.delivery_status.updated_at).toBe(delivered.delivery_status.updated_at);
    expect(delivered).toMatchObject({ phone_number: "4915112345678", payload: "a-1" });
    for (const { headers, body } of receiver.received) {
      const timestamp = String(headers["x-request-timestamp"]);
      expect(headers["x-request-signature"]).toBe(signCallback("TEST_TOKEN", timestamp, body));
    }
  });

  it("are repeated until exactly 200", async () => {
    const answers = [204, 302, 404, 500, 200];
    const { receiver } = await aReportedSend(
      { retryScale: 0.001, faults: { reports: "before" } },
      (nth) => answers[nth - 1] ?? 599,
    );
    await eventually(() => expect(receiver.received).toHaveLength(5));
  });

  it("are given up after ten tries", async () => {
    const log: string[] = [];
    const { receiver } = await aReportedSend(
      { retryScale: 0.00001, log: (event) => void log.push(event), faults: { reports: "before" } },
      () => 500,
    );
    await eventually(() => expect(log).toEqual(["report.lost"]));
    expect(receiver.received).toHaveLength(10);
  });

  it("tell of an expiry with the refund at the end of the ttl", async () => {
    const { said } = await aReportedSend({ faults: { reports: "expired", ttlScale: 0.001 } });
    await eventually(() => expect(said()).toHaveLength(2));
    const refunds = said().map((one) => [one.delivery_status.status, one.is_refunded]);
    expect(new Map(refunds as [string, unknown][])).toEqual(
      new Map([
        ["sent", undefined],
        ["expired", true],
      ]),
    );
  });
});
