import fc from "fast-check";
import { expect, it } from "vitest";
import { outcomeOfCode, SEVEN_CODES } from "../../../src/providers/seven-codes.ts";
import { readSevenAnswer } from "../../../src/providers/seven-answer.ts";

const refused = (reason: string, code: string) => ({ kind: "refused", reason, providerCode: code });
const once = (code: string) => ({
  kind: "unavailable",
  reason: "provider_fault",
  retryLimit: 1,
  providerCode: code,
});

const EXPECTED: Record<string, object | undefined> = {
  "11": once("11"),
  "100": undefined,
  "101": undefined,
  "201": refused("sender_invalid", "201"),
  "202": refused("recipient_invalid", "202"),
  "300": refused("account_auth", "300"),
  "301": refused("content_invalid", "301"),
  "304": refused("content_invalid", "304"),
  "305": refused("content_invalid", "305"),
  "306": refused("sender_invalid", "306"),
  "307": refused("content_invalid", "307"),
  "400": refused("content_invalid", "400"),
  "401": refused("content_invalid", "401"),
  "402": refused("already_sent", "402"),
  "403": refused("recipient_limit", "403"),
  "500": refused("account_credit", "500"),
  "600": once("600"),
  "700": once("700"),
  "801": refused("content_invalid", "801"),
  "802": refused("content_invalid", "802"),
  "803": refused("content_invalid", "803"),
  "900": refused("account_auth", "900"),
  "901": refused("account_rights", "901"),
  "902": refused("account_rights", "902"),
  "903": refused("account_rights", "903"),
};

it("the table has each code once, with meaning and source", () => {
  expect(SEVEN_CODES.map((row) => row.code)).toEqual(Object.keys(EXPECTED));
  for (const row of SEVEN_CODES) expect(row.meaning.length * row.source.length).toBeGreaterThan(0);
});

it.each(SEVEN_CODES)("code $code: $meaning", ({ code }) => {
  expect(outcomeOfCode(code)).toEqual(EXPECTED[code]);
  const shapes = [
    code,
    `"${code}"`,
    ` ${code}\n`,
    `{"success":"${code}"}`,
    `{"success":${code}}`,
    `{"code":"${code}"}`,
    `{"success":false,"error_code":${code},"error_message":"no"}`,
    `${code}\r\nVerbucht: 0`,
  ];
  for (const shape of shapes) expect(readSevenAnswer(shape), shape).toEqual(EXPECTED[code]);
});

it("an unknown code is refused as unknown and named", () => {
  expect(outcomeOfCode("955")).toEqual(refused("unknown", "955"));
});

it("no code from 0 to 999 throws or means acceptance by itself", () => {
  for (let code = 0; code <= 999; code += 1) {
    for (const body of [
      `${code}`,
      `"${code}"`,
      `{"success":"${code}"}`,
      `{"success":${code},"messages":[{}]}`,
    ]) {
      expect(readSevenAnswer(body)?.kind).not.toBe("accepted");
    }
  }
});

it("only both layers together mean acceptance", () => {
  const loose = fc.oneof(
    fc.constantFrom<unknown>("100", 100, true, false, "true", null, "101", 0, "0"),
    fc.json(),
  );
  const message = fc.record({ success: loose, id: loose, error: loose, price: loose }, { requiredKeys: [] });
  const answer = fc.record(
    { success: loose, code: loose, error_code: loose, messages: fc.array(message, { maxLength: 2 }) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(answer, (body) => {
      const outcome = readSevenAnswer(JSON.stringify(body));
      if (outcome?.kind !== "accepted") return;
      expect(["100", 100]).toContain([body.success, body.code, body.error_code].find(isCode));
      expect(body.messages?.map((one) => one.success)).toEqual([true]);
    }),
    { numRuns: 2_000 },
  );
});

it("no arbitrary text is read as an acceptance", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: "binary" })), (body) => {
      expect(readSevenAnswer(body)?.kind).not.toBe("accepted");
    }),
    { numRuns: 2_000 },
  );
});

function isCode(value: unknown): boolean {
  return typeof value === "number"
    ? Number.isInteger(value) && value >= 0 && value <= 999
    : /^\d{1,3}$/.test(String(value)) && typeof value === "string";
}
