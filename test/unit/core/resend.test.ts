import { describe, expect, test } from "vitest";
import type { Attempt, Delivery, DeliveryState } from "../../../src/core/delivery.ts";
import { isAskedAgain, resend } from "../../../src/core/resend.ts";
import { aDelivery, anAttempt, aPlan, CREATED_AT, EXPIRES_AT, testRules } from "../../support/build.ts";

const T = CREATED_AT;
const LATEST = EXPIRES_AT - 30_000;
const rules = testRules();
const SECOND = 1_000;
const taken = (acceptedAt: number, more: Partial<Attempt> = {}): Partial<Attempt> => ({
  state: "accepted",
  intentAt: acceptedAt,
  acceptedAt,
  ...more,
});
const telegram = { route: "telegram-gateway" };
const second = { route: "second-sms" };
const with_ = (attempts: Partial<Attempt>[], more: Partial<Delivery> = {}) =>
  aDelivery({ state: "sent", attempts: attempts.map((a, n) => anAttempt({ number: n + 1, ...a })), ...more });

describe("the same text again", () => {
  const asked = (attempts: Partial<Attempt>[], seconds: number, more: Partial<Delivery> = {}) =>
    isAskedAgain(with_(attempts, more), T + seconds * SECOND, rules);
  const delivered = (at: number, more: Partial<Attempt> = {}) =>
    taken(T, { state: "delivered", deliveredAt: T + at * SECOND, ...more });

  test.each([
    ["nothing was sent yet", [], 100, false],
    ["a call is under way", [{ state: "sending" }], 100, false],
    ["no provider took it", [{ state: "refused" }], 100, false],
    ["it was taken 29 s ago", [taken(T)], 29, false],
    ["it was taken 30 s ago", [taken(T)], 30, true],
    ["the second route took it 10 s ago", [taken(T), taken(T + 35 * SECOND, telegram)], 45, false],
    ["the second route took it 30 s ago", [taken(T), taken(T + 35 * SECOND, telegram)], 65, true],
    ["it was delivered 59 s ago", [delivered(5)], 64, false],
    ["it was delivered 60 s ago", [delivered(5)], 65, true],
    [
      "a first copy was delivered long before the second",
      [delivered(2), delivered(50, telegram)],
      100,
      false,
    ],
    [
      "the asked copy was taken 20 s ago",
      [delivered(5), taken(T + 70 * SECOND, { ...telegram, why: "resend" })],
      90,
      false,
    ],
    [
      "the asked copy was taken 30 s ago",
      [delivered(5), taken(T + 70 * SECOND, { ...telegram, why: "resend" })],
      100,
      true,
    ],
    [
      "the asked copy was refused a moment ago",
      [delivered(5), { ...telegram, why: "resend", state: "refused", intentAt: T + 70 * SECOND }],
      90,
      false,
    ],
  ] as [string, Partial<Attempt>[], number, boolean][])("when %s: %s", (_, attempts, seconds, expected) => {
    expect(asked(attempts, seconds)).toBe(expected);
  });

  test("is no wish while the next attempt waits", () => {
    expect(asked([taken(T)], 100, { next: aPlan({ number: 2 }) })).toBe(false);
  });
});

describe("to send it again", () => {
  const wish = (
    attempts: Partial<Attempt>[],
    more: Partial<Delivery> = {},
    now = T + 70 * SECOND,
    open: string[] = [],
  ) => {
    const found = resend(with_(attempts, more), {
      now,
      rules,
      random: () => 0.5,
      conditions: (route) => ({ open: open.includes(route), waitMs: 0, quiet: false }),
    });
    return found.kind === "attempt"
      ? `${found.next.route} ${found.next.why} ${found.next.number}`
      : found.kind;
  };
  const three = [taken(T), taken(T + 30 * SECOND, telegram), taken(T + 60 * SECOND, second)];

  test("takes the next route", () => {
    expect(wish([taken(T)])).toBe("telegram-gateway resend 2");
    expect(wish([taken(T), taken(T, telegram)])).toBe("second-sms resend 3");
  });

  test("takes a route whose circuit is closed, and one that was passed over before the same one", () => {
    expect(wish([taken(T)], {}, T + 70 * SECOND, ["telegram-gateway"])).toBe("second-sms resend 2");
    expect(wish([taken(T), taken(T, second)])).toBe("telegram-gateway resend 3");
  });

  test("takes the same one only when nothing else is left and its lock is over", () => {
    const only = { plan: ["seven-sms"] };
    expect(wish([taken(T)], only, T + 179_999)).toBe("used_up");
    expect(wish([taken(T)], only, T + 180_000)).toBe("seven-sms resend 2");
    expect(wish([taken(T)], {}, T + 200_000)).toBe("telegram-gateway resend 2");
    expect(wish(three, {}, T + 100_000)).toBe("telegram-gateway resend 4");
  });

  test("does not ask a route again that refused it", () => {
    const refused = { ...telegram, state: "refused", detail: "recipient_unreachable" } as const;
    const two = { plan: ["telegram-gateway", "seven-sms"] };
    expect(wish([refused, taken(T)], two, T + 100_000)).toBe("used_up");
    expect(wish([refused, taken(T)], two, T + 180_000)).toBe("seven-sms resend 3");
  });

  test("is never a fifth paid copy, nor a third by one route", () => {
    const twice = [taken(T), taken(T + 1)];
    expect(wish(twice, { plan: ["seven-sms"] }, T + 250_000)).toBe("used_up");
    expect(wish([...three, taken(T + 65 * SECOND, telegram)], {}, T + 250_000)).toBe("used_up");
  });

  test.each([
    ["nothing was tried yet", [], {}],
    ["a call is under way", [{ state: "sending" }], {}],
    ["it is not known yet whether the last one arrived", [taken(T), { ...telegram, state: "uncertain" }], {}],
    ["one waits in its lane", [taken(T)], { next: aPlan({ number: 2 }) }],
  ] as [string, Partial<Attempt>[], Partial<Delivery>][])(
    "waits for the one that is under way: %s",
    (_, attempts, more) => {
      expect(wish(attempts, more)).toBe("underway");
    },
  );

  test("goes on after a doubt that was left", () => {
    const left = { state: "uncertain", leftAt: T, leftFor: "doubt" } as const;
    expect(wish([left, taken(T, telegram)])).toBe("second-sms resend 3");
  });

  test("goes on after a call that never came to an end while another copy arrived", () => {
    const arrived = taken(T, { state: "delivered", deliveredAt: T + 40 * SECOND });
    const died = { ...telegram, state: "sending", intentAt: T + 35 * SECOND } as const;
    const ended = { state: "delivered", endedAt: T + 40 * SECOND } as const;
    expect(wish([arrived, died], ended, T + 54 * SECOND)).toBe("underway");
    expect(wish([arrived, died], ended, T + 55 * SECOND)).toBe("second-sms resend 3");
    expect(wish([arrived, died], {}, T + 55 * SECOND)).toBe("underway");
  });

  test("comes too late with less than 30 s of life left", () => {
    expect(wish([taken(T)], {}, LATEST)).toBe("telegram-gateway resend 2");
    expect(wish([taken(T)], {}, LATEST + 1)).toBe("too_late");
  });

  test.each(["failed", "expired", "unconfirmed", "cancelled", "verified"] satisfies DeliveryState[])(
    "is over once the delivery ended %s",
    (state) => {
      expect(wish([taken(T)], { state, endedAt: T })).toBe("over");
    },
  );

  test("is over once it was cancelled, and too late once the deadline was written", () => {
    expect(wish([taken(T)], { cancelledAt: T })).toBe("over");
    expect(wish([taken(T)], { deadlineAt: T })).toBe("too_late");
  });

  test("is possible once it was delivered", () => {
    const attempts = [taken(T, { state: "delivered", deliveredAt: T })];
    expect(wish(attempts, { state: "delivered", endedAt: T })).toBe("telegram-gateway resend 2");
  });
});
