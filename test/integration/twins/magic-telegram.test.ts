import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAGIC_NUMBERS, magicNumber } from "../../../src/twins/magic.ts";
import { TELEGRAM_ROWS } from "../../../src/twins/magic-telegram.ts";
import { startTwin } from "../../../src/twins/serve.ts";
import { signCallback } from "../../../src/twins/telegram-gateway/signature.ts";
import { eventually, telegram } from "./calls.ts";
import { observe } from "./observe.ts";
import { startReceiver } from "./receiver.ts";
import type { Received } from "./receiver.ts";

const sent = /^200 \{"ok":true,"result":\{"request_id":"\d{15}".*"status":"sent"/;
const refused = (error: string) => new RegExp(`^200 \\{"ok":false,"error":"${error}"\\}$`);
const broken = /^broken (ECONNRESET|UND_ERR_SOCKET)$/;
const NORMAL = ["sent", "delivered"];
type Expected = [suffix: string, answer: RegExp, took: boolean, reports: string[], status?: string];

const EXPECTED: Expected[] = [
  ["990101", refused("PHONE_NUMBER_NOT_AVAILABLE"), false, []],
  ["990102", sent, true, ["sent", "expired"], "expired"],
  ["990103", refused("FLOOD_WAIT_5"), false, []],
  ["990104", /^hang$/, true, NORMAL],
  ["990105", /^502 <html>/, true, NORMAL],
  ["990106", refused("ACCESS_TOKEN_INVALID"), false, []],
  ["990107", refused("BALANCE_NOT_ENOUGH"), false, []],
  ["990108", refused("MESSAGE_ALREADY_SENT"), false, []],
  ["990109", broken, true, NORMAL],
  ["990110", sent, true, ["delivered", "delivered", "sent"]],
  ["990111", sent, true, ["expired forged", "delivered"]],
  ["990112", sent, true, []],
  ["990113", sent, true, NORMAL],
  ["990114", sent, true, ["delivered"]],
  ["990115", sent, true, ["sent", "delivered", "read"], "read"],
  ["990116", refused("SOMETHING_NEW"), false, []],
  ["990117", refused("PHONE_NUMBER_INVALID"), false, []],
  ["990118", broken, false, []],
  ["990119", /^429 retry-after 2$/, false, []],
  ["990120", /^hang$/, false, []],
  ["990121", broken, true, NORMAL],
  ["990122", /^200 <html>/, true, NORMAL],
  ["990123", sent, true, ["sent"], "sent"],
  ["990124", sent, true, NORMAL],
  ["990125", /^oversize$/, true, NORMAL],
  ["990126", /^503 <html>/, false, []],
];

const faults = { reportDelayMs: 200, lateMs: 400, ttlScale: 0.007 };
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let twin: Awaited<ReturnType<typeof startTwin>>;
beforeAll(async () => {
  receiver = await startReceiver();
  twin = await startTwin("telegram-gateway", { token: "TEST_TOKEN", faults });
  await Promise.all(
    EXPECTED.map(
      async ([suffix, answer]) =>
        void answers.set(suffix, await send(suffix, answer.test("hang") ? 500 : undefined)),
    ),
  );
});
afterAll(async () => {
  await twin.close();
  await receiver.close();
});

const answers = new Map<string, Awaited<ReturnType<typeof send>>>();

const byName = (a: string, b: string) => a.localeCompare(b);

function statusOf({ headers, body }: Received): string {
  const right = signCallback("TEST_TOKEN", String(headers["x-request-timestamp"]), body);
  const { status } = JSON.parse(body).delivery_status;
  return headers["x-request-signature"] === right ? status : `${status} forged`;
}

async function send(suffix: string, patienceMs?: number) {
  const phone_number = magicNumber(suffix);
  const fields = { phone_number, code: "123456", ttl: 60, callback_url: receiver.url };
  const headers = { authorization: "Bearer TEST_TOKEN" };
  const seen = await observe(`${twin.url}/sendVerificationMessage`, headers, fields, patienceMs);
  const taken = twin.ledger
    .since(0)
    .filter((entry) => entry.event === "accepted" && `+${entry.recipient}` === phone_number);
  const ids = taken.map((entry) => ("providerMessageId" in entry ? entry.providerMessageId : ""));
  return { seen, ids };
}

describe("a magic number of Telegram", () => {
  it("is tested for every row of the table", () => {
    expect(EXPECTED.map(([suffix]) => suffix)).toEqual(TELEGRAM_ROWS.map(({ suffix }) => suffix));
  });

  it("delivers where only seven misbehaves", async () => {
    const rows = MAGIC_NUMBERS.filter(({ suffix }) => suffix.startsWith("9900"));
    const seen = await Promise.all(rows.map(({ suffix }) => send(suffix)));
    expect(seen.every((one) => sent.test(one.seen))).toBe(true);
  });

  it.each(EXPECTED)(
    "%s answers %s, taken: %s, reports: %j",
    async (suffix, answer, took, reports, status) => {
      const { seen, ids } = answers.get(suffix)!;
      expect(seen).toMatch(answer);
      expect(ids).toHaveLength(took ? 1 : 0);
      if (!took) return;
      const mine = () => receiver.received.filter(({ body }) => JSON.parse(body).request_id === ids[0]);
      await eventually(() => expect(mine().map(statusOf).toSorted(byName)).toEqual(reports.toSorted(byName)));
      await eventually(async () => {
        const { result } = (await telegram(twin, "checkVerificationStatus", { request_id: ids[0] })).body;
        expect(result["delivery_status"]).toMatchObject({ status: status ?? "delivered" });
        expect(result["is_refunded"]).toBe(status === "expired" ? true : undefined);
      });
    },
  );

  it("sends a report for a stranger with 990124", () => {
    const strangers = receiver.received.filter(
      ({ body }) => JSON.parse(body).request_id === "399999999999999",
    );
    expect(strangers).toHaveLength(1);
  });
});
