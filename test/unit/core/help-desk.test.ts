import { describe, expect, test } from "vitest";
import { type Attempt, DELIVERY_STATES, type Delivery } from "../../../src/core/delivery.ts";
import { helpOf, helpWithNothing } from "../../../src/core/help-desk.ts";
import { HELP_TEXTS } from "../../../src/core/help-desk-texts.ts";
import { type Language, LANGUAGES } from "../../../src/core/language.ts";
import { timelineOf } from "../../../src/core/timeline.ts";
import { aDelivery, anAttempt, CREATED_AT, EXPIRES_AT } from "../../support/build.ts";

const T = CREATED_AT;
const clock = (at: number) => new Date(at).toISOString().slice(11, 16);
const context = (language: Language = "en", now = T + 60_000) => ({ language, now, clock });
const says = (delivery: Partial<Delivery>, now?: number) =>
  helpOf(aDelivery(delivery), context("en", now)).says;
const accepted = { state: "accepted", settledAt: T + 200, acceptedAt: T + 200 } as const;
const withAttempt = (state: Delivery["state"], attempt: Partial<Attempt>, more: Partial<Delivery> = {}) =>
  says({ ...more, state, attempts: [anAttempt(attempt)] });

describe("what a help desk reads to the user", () => {
  test("while it is sent, waits long, or goes another way", () => {
    expect(says({}, T + 1_000)).toMatch(/just being sent/);
    expect(says({}, T + 20_000)).toMatch(/^Your code of 22:13 is waiting .* until 22:18\.$/);
    expect(withAttempt("sending", { state: "refused", detail: "account_credit" })).toMatch(/trying another/);
  });

  test("once it was handed over: waiting, silent network, phone out of reach", () => {
    expect(withAttempt("sent", accepted)).toMatch(
      /handed to the telephone network at 22:13 .* ending in 67; we/,
    );
    expect(withAttempt("sent", { ...accepted, leftAt: T + 30_000 })).toMatch(/the network does not answer/);
    const reports = [{ status: "buffered" as const, said: "BUFFERED", at: T + 900 }];
    expect(withAttempt("sent", { ...accepted, reports })).toMatch(/cannot reach the phone/);
  });

  test("once it arrived: in time and too late", () => {
    const arrived = { ...accepted, state: "delivered" as const };
    const inTime = helpOf(
      aDelivery({ state: "delivered", attempts: [anAttempt({ ...arrived, deliveredAt: T + 4_000 })] }),
      context(),
    );
    expect(inTime.says).toBe(
      "Your code reached the phone ending in 67 at 22:13, as its network reports; please look among blocked senders and spam.",
    );
    expect(inTime.next.join(" ")).toMatch(/spam.*ends in 67.*Send it again/);
    expect(withAttempt("delivered", { ...arrived, deliveredAt: EXPIRES_AT + 60_000 })).toMatch(
      /no longer valid/,
    );
    expect(says({ state: "verified", verifiedAt: T + 60_000 })).toMatch(/entered at 22:14/);
  });

  test("at its ends, by the last cause", () => {
    expect(says({ state: "expired" })).toMatch(/line was too long/);
    expect(withAttempt("expired", { state: "unavailable", detail: "connect" })).toMatch(/tried once/);
    const failed = (detail: NonNullable<Attempt["detail"]>) =>
      withAttempt("failed", { state: "refused", detail }, { endedAt: T + 60_000 });
    expect(failed("recipient_invalid")).toMatch(/refused the number ending in 67/);
    expect(failed("account_credit")).toMatch(/fault on our side/);
    expect(failed("content_invalid")).toMatch(/none worked/);
    expect(withAttempt("failed", { ...accepted, state: "undelivered" })).toMatch(/could not deliver/);
    expect(withAttempt("unconfirmed", accepted)).toMatch(/never confirmed/);
    expect(withAttempt("unconfirmed", { state: "uncertain" })).toMatch(/cannot tell/);
    expect(says({ state: "cancelled", cancelledAt: T })).toMatch(/taken back/);
  });

  test.each(LANGUAGES)("in %s every state has a sentence and something to do next", (language) => {
    for (const state of DELIVERY_STATES) {
      const { says: sentence, next } = helpOf(aDelivery({ state }), context(language));
      expect(sentence, state).toMatch(/^\p{Lu}.*\.$/u);
      expect(next.length, state).toBeGreaterThan(0);
      expect(`${sentence} ${next.join(" ")}`, state).not.toMatch(/undefined|NaN|\d{5}/);
    }
  });

  test("the languages have the same refusals, and differ in every sentence", () => {
    const { en, de } = HELP_TEXTS;
    expect(Object.keys(de.refusals)).toEqual(Object.keys(en.refusals));
    const sentences = (language: Language) =>
      Object.values(HELP_TEXTS[language]).filter((text) => typeof text === "string");
    expect(sentences("en").filter((text) => sentences("de").includes(text))).toEqual([]);
  });
});

describe("when nothing is found", () => {
  const nothing = {
    by: "number" as const,
    refusals: [],
    searchedSince: T,
    lastSentAt: undefined,
    lastLoginAt: undefined,
  };

  test("the newest refusal is the answer", () => {
    const refusals = [
      { at: T + 60_000, code: "recipient_limit" },
      { at: T, code: "blocked" },
    ];
    expect(helpWithNothing({ ...nothing, refusals }, context()).says).toMatch(
      /at 22:14, because too many codes/,
    );
    const strange = [{ at: T, code: "new_code" }];
    expect(helpWithNothing({ ...nothing, refusals: strange }, context()).says).toMatch(/turned away/);
  });

  test.each(["id", "reference", "message"] as const)("by %s, the number is the better question", (by) =>
    expect(helpWithNothing({ ...nothing, by }, context())).toEqual({
      says: "Since 22:13 there has been no code under this name.",
      next: [expect.stringMatching(/by the telephone number/)],
    }),
  );

  test("else that nothing was asked for, with three things to check", () => {
    const { says: sentence, next } = helpWithNothing({ ...nothing, lastSentAt: T - 60_000 }, context());
    expect(sentence).toBe("Since 22:13 no code was asked for with this number.");
    expect(next).toHaveLength(3);
    expect(next[2]).toMatch(/through this service at all\? It last sent .* at 22:12\.$/);
    const known = helpWithNothing({ ...nothing, lastLoginAt: T }, context("de"));
    expect(known.next.at(-1)).toMatch(/^Zuletzt kam um 22:13 Uhr/);
  });
});

test("a German timeline tells the same in as many lines", () => {
  const delivery = aDelivery({
    state: "sent",
    skipped: [{ route: "telegram-gateway", why: "consent" }],
    attempts: [anAttempt({ ...accepted, cost: { micros: 75_000, currency: "EUR" } })],
  });
  const [en, de] = [timelineOf(delivery), timelineOf(delivery, "de")];
  expect(de.map((e) => e.kind)).toEqual(en.map((e) => e.kind));
  expect(de.filter((e, i) => e.text === en[i]?.text)).toEqual([]);
  expect(de.at(-1)?.text).toBe("seven-sms nahm die Nachricht an für 0.075 EUR.");
});
