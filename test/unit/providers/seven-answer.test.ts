import { expect, it } from "vitest";
import { readSevenAnswer } from "../../../src/providers/seven-answer.ts";

const message = { id: "77000000001", price: 0.075, success: true, error: null };
const body = (top: object, ...messages: object[]) => JSON.stringify({ success: "100", ...top, messages });
const accepted = {
  kind: "accepted",
  providerMessageId: "77000000001",
  providerCode: "100",
  cost: { micros: 75_000, currency: "EUR" },
};

it.each<[string, string, object | undefined]>([
  ["strings", body({}, message), accepted],
  ["numbers", body({ success: 100 }, { ...message, id: 77_000_000_001, error: 0 }), accepted],
  ["a price as text", body({}, { ...message, price: "0.0750" }), accepted],
  [
    "a null id of a sandbox key",
    body({}, { ...message, id: null, price: 0 }),
    { ...accepted, providerMessageId: undefined, cost: { micros: 0, currency: "EUR" } },
  ],
  [
    "an id that is no id",
    body({}, { ...message, id: "+49 151" }),
    { ...accepted, providerMessageId: undefined },
  ],
  ["no price", body({}, { ...message, price: null }), { ...accepted, cost: undefined }],
  ["an absurd price", body({}, { ...message, price: -1 }), { ...accepted, cost: undefined }],
  ["the text form with an id", "100\n77000000001\nVerbucht: 1\nPreis: 0.075\nGuthaben: 4.5\n", accepted],
  ["the text form with CRLF", "100\r\n77000000001\r\nPreis: 0.075\r\n", accepted],
  ["the text form without an id", "100\nVerbucht: 0", undefined],
  [
    "101 and a failed message",
    body({ success: "101" }, { ...message, success: false, error: "202" }),
    { kind: "refused", reason: "recipient_invalid", providerCode: "202" },
  ],
  [
    "101 and a number as error",
    body({ success: "101" }, { ...message, success: false, error: 403 }),
    { kind: "refused", reason: "recipient_limit", providerCode: "403" },
  ],
  [
    "101 and an error without a code",
    body({ success: "101" }, { ...message, success: false, error: null }),
    { kind: "refused", reason: "unknown", providerCode: "101" },
  ],
  ["101 and a message that succeeded", body({ success: "101" }, message), undefined],
  [
    "100 and a failed message",
    body({}, { ...message, success: false, error: "600" }),
    { kind: "unavailable", reason: "provider_fault", retryLimit: 1, providerCode: "600" },
  ],
  ["two messages", body({}, message, message), undefined],
  ["no messages", body({}), undefined],
  ["a list", "[100]", undefined],
  ["a four-digit number", "1000", undefined],
  ["an echoed code", '"123456"', undefined],
  ["HTML", "<html>100</html>", undefined],
  ["cut JSON", body({}, message).slice(0, -2), undefined],
  ["a byte order mark", `\uFEFF${body({}, message)}`, accepted],
])("%s", (_, text, outcome) => {
  expect(readSevenAnswer(text)).toEqual(outcome);
});
