import { describe, expect, test } from "vitest";
import { advance } from "../../../src/core/advance.ts";
import {
  dayOf,
  expectedMicros,
  policyRefusal,
  provesNumber,
  spentMicros,
  walkedPrefix,
} from "../../../src/core/limits.ts";
import type { Msisdn } from "../../../src/core/phone.ts";
import { aDelivery, aPlan } from "../../support/build.ts";

const number = (text: string) => text as Msisdn;

describe("what a client may be sent to", () => {
  test.each([
    ["mobile", "+4915112345678", undefined],
    ["fixed line", "+4930123456", undefined],
    ["fixed line or mobile", "+12015550123", undefined],
    ["voice over IP", "+445612345678", undefined],
    ["newer than our plans", "+49900123456", undefined],
    ["premium rate", "+499001234567", "number_type"],
    ["toll free", "+18005551212", "number_type"],
    ["toll free of no country", "+80012345678", "number_type"],
    ["shared cost", "+491801234567", "number_type"],
    ["company-wide (UAN)", "+443012345678", "number_type"],
    ["personal", "+4970012345678", "number_type"],
    ["pager", "+447640123456", "number_type"],
  ])("a %s number, %s: %s", (_, text, refusal) => {
    expect(policyRefusal(number(text))).toBe(refusal);
  });

  test("fixed lines only where they are not switched off", () => {
    expect(policyRefusal(number("+4930123456"), { fixedLine: false })).toBe("number_type");
    expect(policyRefusal(number("+12015550123"), { fixedLine: false })).toBeUndefined();
  });

  test("only the countries of the list, and what has none where that is allowed", () => {
    const limits = { countries: ["DE", "CA"] };
    expect(policyRefusal(number("+4915112345678"), limits)).toBeUndefined();
    expect(policyRefusal(number("+436641234567"), limits)).toBe("country");
    expect(policyRefusal(number("+14165550123"), limits)).toBeUndefined();
    expect(policyRefusal(number("+12015550123"), limits)).toBe("country");
    expect(policyRefusal(number("+882161234567"), limits)).toBe("country");
    expect(policyRefusal(number("+882161234567"), { ...limits, allowOther: true })).toBeUndefined();
    expect(policyRefusal(number("+436641234567"), { countries: [] })).toBe("country");
  });
});

test("neighbours differ in their last four digits", () => {
  expect(walkedPrefix(number("+4915112345678"))).toBe("+491511234");
});

test("a day is a UTC day", () => {
  expect(dayOf(Date.UTC(2026, 0, 5, 23, 59, 59, 999))).toEqual({
    name: "20458",
    endsAt: Date.UTC(2026, 0, 6),
  });
  expect(dayOf(Date.UTC(2026, 0, 6)).name).toBe("20459");
});

describe("what is expected to be paid", () => {
  const price = { usualMicros: 75_000, byCallingCode: new Map([["41", 55_000]]) };
  const content = { code: "1234", text: "1234 is your code" };

  test("by country, and for each part of an SMS", () => {
    expect(expectedMicros({ channel: "sms", price }, "49", content)).toBe(75_000);
    expect(expectedMicros({ channel: "sms", price }, "41", content)).toBe(55_000);
    expect(expectedMicros({ channel: "sms", price }, "49", { ...content, text: "x".repeat(161) })).toBe(
      150_000,
    );
    expect(expectedMicros({ channel: "telegram", price }, "49", { ...content, text: "x".repeat(161) })).toBe(
      75_000,
    );
    expect(expectedMicros({ channel: "sms" }, "49", content)).toBe(0);
  });

  const priced = aDelivery({ plan: ["seven-sms", "telegram-gateway"], prices: [75_000, 10_000] });
  const planned = advance(priced, { kind: "planned", next: aPlan({ route: "seven-sms" }), at: 1 });
  const begun = advance(planned, { kind: "intended", at: 2 });
  const ended = (outcome: Parameters<typeof advance>[1] & { kind: "outcome" }) => advance(begun, outcome);

  test("from the plan on, by the provider's price once it is known, nothing for what it refused", () => {
    expect(spentMicros(priced)).toBe(0);
    expect(spentMicros(planned)).toBe(75_000);
    expect(spentMicros(begun)).toBe(75_000);
    const accepted = {
      kind: "accepted",
      providerMessageId: "m",
      cost: { micros: 69_000, currency: "EUR" },
    } as const;
    expect(spentMicros(ended({ kind: "outcome", attempt: 1, outcome: accepted, at: 3 }))).toBe(69_000);
    const foreign = { ...accepted, cost: { micros: 1, currency: "USD" } };
    expect(spentMicros(ended({ kind: "outcome", attempt: 1, outcome: foreign, at: 3 }))).toBe(75_000);
    const back = { status: "undelivered", said: "expired", isRefunded: true } as const;
    const report = { ...back, providerMessageId: undefined, reference: undefined, reportedAt: undefined };
    const taken = ended({ kind: "outcome", attempt: 1, outcome: accepted, at: 3 });
    expect(spentMicros(advance(taken, { kind: "reported", attempt: 1, report, at: 4 }))).toBe(0);
    const refused = { kind: "refused", reason: "recipient_unreachable" } as const;
    const next = ended({ kind: "outcome", attempt: 1, outcome: refused, at: 3 });
    expect(spentMicros(next)).toBe(0);
    const second = aPlan({ number: 2, route: "telegram-gateway" });
    expect(spentMicros(advance(next, { kind: "planned", next: second, at: 4 }))).toBe(10_000);
    expect(spentMicros(advance(planned, { kind: "cancelled", at: 2 }))).toBe(0);
    expect(spentMicros(aDelivery({ attempts: begun.attempts }))).toBe(0);
  });
});

test("a login proves a number once, when it arrives", () => {
  const [sent, delivered] = [aDelivery({ state: "sent" }), aDelivery({ state: "delivered" })];
  expect(provesNumber(sent, delivered)).toBe(true);
  expect(provesNumber(sent, aDelivery({ state: "verified" }))).toBe(true);
  expect(provesNumber(delivered, aDelivery({ state: "verified" }))).toBe(false);
  expect(provesNumber(sent, aDelivery({ state: "unconfirmed" }))).toBe(false);
  expect(provesNumber(sent, { ...delivered, purpose: "enrolment" })).toBe(false);
});
