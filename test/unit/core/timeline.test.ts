import { describe, expect, test } from "vitest";
import { LANGUAGES } from "../../../src/core/language.ts";
import type { Attempt, Delivery, PlanReason } from "../../../src/core/delivery.ts";
import { timelineOf } from "../../../src/core/timeline.ts";
import { detailWords, openWords, planWords, skipWords, untakenWords } from "../../../src/core/words.ts";
import { aDelivery, anAttempt, aPlan, CREATED_AT } from "../../support/build.ts";

const T = CREATED_AT;
const lines = (delivery: Partial<Delivery>) =>
  timelineOf(aDelivery(delivery)).map((e) => `${e.at - T} ${e.kind} ${e.text}`);
const linesOf = (attempt: Partial<Attempt>) => lines({ attempts: [anAttempt(attempt)] });

describe("the story of a delivery", () => {
  test("is told in the order in which it happened", () => {
    const first = anAttempt({
      intentAt: T + 40,
      state: "undelivered",
      settledAt: T + 200,
      acceptedAt: T + 200,
      reports: [{ status: "undelivered", said: "NOTDELIVERED", at: T + 9_000 }],
    });
    const second = anAttempt({
      number: 2,
      route: "second-sms",
      why: "undelivered",
      plannedAt: T + 9_000,
      intentAt: T + 9_050,
    });
    expect(
      lines({ attempts: [first, second], skipped: [{ route: "telegram-gateway", why: "consent" }] }),
    ).toEqual([
      "0 accepted Accepted (login). Routes in order: seven-sms, then telegram-gateway, then second-sms.",
      "0 route_left_out telegram-gateway is left out: no consent is recorded for its channel.",
      "0 planned Attempt 1 goes to seven-sms: first try.",
      "40 calling Calling seven-sms after 40 ms in its lane.",
      "200 taken seven-sms took the message.",
      "9000 report seven-sms reported NOTDELIVERED (undelivered).",
      "9000 planned Attempt 2 goes to second-sms: the route before reported that it could not deliver.",
      "9050 calling Calling second-sms after 50 ms in its lane.",
    ]);
  });

  test("names what waits", () => {
    expect(lines({ next: aPlan({ plannedAt: T + 5 }) }).at(-1)).toBe(
      "5 planned Attempt 1 waits in the lane of seven-sms: first try.",
    );
  });

  test("says why a call was not taken, with the provider's code where there is one", () => {
    const refused = { state: "refused", detail: "account_credit", settledAt: T + 9 } as const;
    expect(linesOf(refused).at(-1)).toBe(
      "9 not_taken seven-sms refused the message: the provider account has no credit.",
    );
    expect(linesOf({ ...refused, providerCode: "500" }).at(-1)).toMatch(/\(its code 500\)\.$/);
  });

  test("tells look-ups", () => {
    const doubt = { state: "uncertain", lookedUpAt: T + 9 } as const;
    expect(linesOf(doubt).at(-1)).toBe("9 looked_up Looked the message up at seven-sms.");
    expect(linesOf({ ...doubt, absentReads: 0 }).at(-1)).toBe(
      "9 looked_up Looked the message up at seven-sms.",
    );
    expect(linesOf({ ...doubt, absentReads: 2 }).at(-1)).toContain("not there (2 times in a row)");
  });

  test.each([
    ["silence", "it stayed silent"],
    ["quiet", "it stays silent about this message and about many others"],
    ["buffered", "it finds the phone out of reach"],
    ["doubt", "its outcome stays unknown"],
  ] as const)("says that a route was left for %s", (leftFor, words) => {
    expect(linesOf({ state: "accepted", leftAt: T + 9, leftFor }).at(-1)).toBe(
      `9 moved_on Not waiting for seven-sms any longer: ${words}. It may still arrive.`,
    );
  });

  test("ends with its marks and its end", () => {
    const marks = {
      exhaustedAt: T + 1,
      deadlineAt: T + 2,
      cancelledAt: T + 3,
      closedAt: T + 4,
      verifiedAt: T + 5,
    };
    const told = timelineOf(aDelivery({ ...marks, state: "verified", endedAt: T + 6 }));
    expect(told.slice(1).map((e) => e.kind)).toEqual([
      "exhausted",
      "deadline",
      "cancelled",
      "closed",
      "verified",
      "ended",
    ]);
    expect(told.at(-1)?.text).toBe("Ended as verified.");
    const after = aDelivery({ state: "verified", endedAt: T, verifiedAt: T + 1 });
    expect(timelineOf(after).map((e) => e.text)).toContain("Ended; the code was entered later.");
    const late = timelineOf(aDelivery({ state: "delivered", endedAt: T, late: true }));
    expect(late.at(-1)?.text).toBe("Ended; a late report lifted it to delivered.");
  });

  test.each([
    ["busy", "a route that comes first has too long a line"],
    [
      "circuit",
      "a route that comes first takes no calls now: its circuit, an operator or its provider stops it",
    ],
    ["again", "one more round, for what failed may work again"],
    ["resend", "the recipient asked for it again"],
  ] as const)("says that an attempt is made for %s", (why, words) => {
    expect(lines({ next: aPlan({ why }) }).at(-1)).toBe(
      `0 planned Attempt 1 waits in the lane of seven-sms: ${words}.`,
    );
  });

  test("says when there is no route", () => {
    expect(lines({ plan: [] })).toEqual(["0 accepted Accepted (login). Routes in order: none."]);
  });
});

describe("words", () => {
  test.each(LANGUAGES)("in %s differ for every reason and fit into a sentence", (language) => {
    const reasons: PlanReason[] = [
      "first",
      "retry",
      "absent",
      "refused",
      "unavailable",
      "undelivered",
      "buffered",
      "silence",
      "doubt",
      "busy",
      "circuit",
      "again",
      "resend",
    ];
    const words = [
      ...reasons.map((why) => planWords(why, language)),
      ...(["content", "consent", "unknown"] as const).map((why) => skipWords(why, language)),
      ...(["refused", "unavailable", "uncertain", "sending"] as const).map((s) => untakenWords(s, language)),
      ...(["timeout", "connect", "absent", "account_auth"] as const).map((d) => detailWords(d, language)),
      detailWords(undefined, language),
      ...(["failures_in_a_row", "failure_share", "slow", "account_fault", "probe_failed"] as const).map(
        (why) => openWords(why, language),
      ),
    ];
    expect(new Set(words).size).toBe(words.length);
    for (const sentence of words) expect(sentence).toMatch(/^\p{L}.*\p{L}$/u);
  });
});
