import { describe, expect, test } from "vitest";
import type { Attempt } from "../../../src/core/delivery.ts";
import { betterLane, type MoveContext } from "../../../src/core/next-move.ts";
import { aDelivery, aPlan, CREATED_AT, EXPIRES_AT, testRules } from "../../support/build.ts";
import { move, next } from "../../support/move.ts";

const T = CREATED_AT;
const LATEST = EXPIRES_AT - 30_000;
const rules = testRules();

describe("another round", () => {
  const connect = { state: "unavailable", detail: "connect", retryLimit: 0 } as const;
  const again = { ...connect, why: "again" } as const;
  const plan = { delivery: { plan: ["seven-sms", "second-sms"] } };
  const second = { ...connect, route: "second-sms" };
  const notBefore = (attempts: Partial<Attempt>[], changes: Partial<MoveContext> = {}) => {
    const found = move(attempts, { ...plan, ...changes });
    return found.kind === "attempt" ? found.next.notBefore - (T + 1_000) : found.kind;
  };

  test("starts with the plan's first route that failed only for the moment", () => {
    expect(move([connect, second], plan)).toEqual(next("seven-sms", "again", 3));
    const refused = { ...connect, state: "refused" } as const;
    expect(move([refused, second], plan)).toEqual(next("second-sms", "again", 3));
  });

  test("prefers a route that can be called now", () => {
    const conditions = (route: string) => ({ open: route === "seven-sms", waitMs: 0, quiet: false });
    expect(move([connect, second], { ...plan, conditions })).toEqual(next("second-sms", "again", 3));
  });

  test("comes ever more slowly, up to 30 s", () => {
    const rounds = [0, 1, 2, 3, 9].map((n) => [connect, second, ...Array<Partial<Attempt>>(n).fill(again)]);
    expect(rounds.map((r) => notBefore(r))).toEqual([3_750, 7_500, 15_000, 22_500, 22_500]);
    expect(rounds.map((r) => notBefore(r, { random: () => 0 }))).toEqual([
      2_500, 5_000, 10_000, 15_000, 15_000,
    ]);
  });

  test("ends in the deadline when it would start too late", () => {
    expect(notBefore([connect, second], { now: LATEST - 3_000 })).toBe("deadline");
  });

  test("keeps the reference of a message that seemed absent", () => {
    const absent = { state: "unavailable", detail: "absent", reference: "r-1" } as const;
    const repeat = { ...connect, why: "absent", reference: "r-1" } as const;
    expect(move([absent, repeat], { delivery: { plan: ["seven-sms"] } })).toMatchObject({
      next: { why: "again", reference: "r-1", number: 3 },
    });
  });

  test("is not made while an earlier message may still arrive", () => {
    expect(notBefore([{ state: "accepted", leftAt: T, leftFor: "silence" }, second])).toBe("exhausted");
  });

  test("is not retried within itself: the next one comes after its own wait", () => {
    expect(move([connect, second, { ...again, retryLimit: 3 }], plan)).toEqual(next("seven-sms", "again", 4));
  });
});

describe("a better lane", () => {
  const lane = (
    conditions: Record<string, Partial<{ open: boolean; waitMs: number }>>,
    more: { minReach?: number; now?: number; why?: "resend"; gone?: string } = {},
  ) => {
    const nextOne = aPlan(more.why ? { why: more.why } : {});
    const found = betterLane(aDelivery({ next: nextOne }), "busy", {
      now: more.now ?? T + 9_000,
      rules,
      random: () => 0.5,
      conditions: (route) => ({ open: false, waitMs: 0, quiet: false, ...conditions[route] }),
      minReach: more.minReach ?? 0.5,
      reached: (route) => (route === more.gone ? false : undefined),
    });
    return found.kind === "attempt"
      ? `${found.next.route} ${found.next.why} ${found.next.number}`
      : found.kind;
  };

  test.each([
    ["the next one that likely reaches the person", {}, {}, "second-sms busy 1"],
    ["any other one where nothing is lost by it", {}, { minReach: 0 }, "telegram-gateway busy 1"],
    ["none where the person is not", {}, { minReach: 0, gone: "telegram-gateway" }, "second-sms busy 1"],
    ["none whose circuit is open", { "second-sms": { open: true } }, {}, "wait"],
    ["none whose line is long too", { "second-sms": { waitMs: 8_001 } }, {}, "wait"],
    ["one whose line just fits", { "second-sms": { waitMs: 8_000 } }, {}, "second-sms busy 1"],
    ["none after the last start", {}, { now: LATEST + 1 }, "wait"],
    ["one that keeps what the recipient asked for", {}, { why: "resend" }, "second-sms resend 1"],
  ] as const)("is %s", (_, conditions, more, expected) => {
    expect(lane(conditions, more)).toBe(expected);
  });
});

describe("a copy that was asked for", () => {
  const ago = (ms: number) => T + 200_000 - ms;
  const had = { route: "seven-sms", state: "accepted", acceptedAt: T, intentAt: T, plannedAt: T } as const;
  const no = { route: "second-sms", state: "refused", why: "resend", plannedAt: ago(5_000) } as const;
  const wish = (attempts: Partial<Attempt>[], more: object = {}, now = T + 200_000) => {
    const plan = ["seven-sms", "second-sms"];
    return move(attempts, { now, delivery: { plan, askedAt: ago(5_000), state: "sent", ...more } });
  };

  test("goes once more over the route that had one, when its lock is over", () => {
    expect(wish([had, no])).toEqual(next("seven-sms", "resend", 3));
    expect(wish([{ ...had, acceptedAt: ago(180_000) }, no])).toEqual(next("seven-sms", "resend", 3));
    expect(wish([{ ...had, acceptedAt: ago(179_999) }, no])).toEqual({ kind: "exhausted" });
  });

  test("goes there once for one wish, and only for a wish", () => {
    const missed = { ...had, state: "undelivered", acceptedAt: T } as const;
    expect(wish([missed, no, { ...missed, why: "resend", plannedAt: ago(5_000) }])).toEqual({
      kind: "exhausted",
    });
    expect(wish([no, { ...missed, why: "resend", plannedAt: ago(5_000) }])).toEqual({ kind: "exhausted" });
    expect(wish([no, { ...missed, plannedAt: ago(5_001) }])).toEqual(next("seven-sms", "resend", 3));
    expect(wish([had, no], { askedAt: undefined })).toEqual({ kind: "exhausted" });
  });

  test("does not go where it was refused before, nor too late", () => {
    expect(wish([{ ...had, state: "refused" }, no])).toEqual({ kind: "exhausted" });
    expect(wish([had, no], {}, LATEST)).toEqual(next("seven-sms", "resend", 3));
    expect(wish([had, no], {}, LATEST + 1)).toEqual({ kind: "deadline" });
  });

  test("moves on also after the code was reported delivered, and only then", () => {
    const delivered = { ...had, state: "delivered", deliveredAt: T } as const;
    const ended = { state: "delivered", endedAt: T } as const;
    expect(wish([delivered, no], ended)).toEqual(next("seven-sms", "resend", 3));
    expect(wish([delivered, no], { ...ended, askedAt: undefined })).toEqual({ kind: "wait" });
    expect(wish([delivered, no], { state: "failed", endedAt: T })).toEqual({ kind: "wait" });
  });
});
