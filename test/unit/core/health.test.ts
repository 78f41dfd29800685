import { describe, expect, test } from "vitest";
import type { Attempt, Delivery } from "../../../src/core/delivery.ts";
import { additions, healthNotes, measuredOf, type Sums, addInto } from "../../../src/core/health.ts";
import { recentTrials, RECENT_ENOUGH, rowOf } from "../../../src/core/health-windows.ts";
import { aDelivery, anAttempt, CREATED_AT as T } from "../../support/build.ts";

const taken = { state: "accepted", intentAt: T, acceptedAt: T + 200 } as const;
const withOne = (attempt: Partial<Attempt>, more: Partial<Delivery> = {}) =>
  aDelivery({ callingCode: "49", ...more, attempts: [anAttempt(attempt)] });
const kinds = (before: Delivery, after: Delivery) => healthNotes(before, after).map(({ kind }) => kind);

describe("notes", () => {
  test.each([
    ["an accept", { state: "sending" }, taken, ["accepted"]],
    ["an arrival", taken, { ...taken, state: "delivered", deliveredAt: T + 900 }, ["arrived"]],
    ["a report that it did not arrive", taken, { ...taken, state: "undelivered" }, ["missed"]],
    ["one that was left", taken, { ...taken, leftAt: T + 30_000, leftFor: "silence" }, ["missed"]],
    ["one without a report at its end", taken, { ...taken, state: "unconfirmed" }, ["missed"]],
    [
      "one that comes after it was left",
      { ...taken, leftAt: T + 30_000 },
      { ...taken, leftAt: T + 30_000, state: "delivered", deliveredAt: T + 40_000 },
      [],
    ],
    [
      "one that comes after a report that it did not",
      { ...taken, state: "undelivered" },
      { ...taken, state: "delivered", deliveredAt: T + 900 },
      [],
    ],
    ["a refusal", { state: "sending" }, { state: "refused" }, []],
    ["a call that nobody took", { state: "sending" }, { state: "uncertain", leftAt: T + 900 }, []],
  ] as [string, Partial<Attempt>, Partial<Attempt>, string[]][])("of %s", (_, before, after, expected) => {
    expect(kinds(withOne(before), withOne(after))).toEqual(expected);
  });

  test("an entered code counts for the copy that arrived, once, also before its report", () => {
    const before = withOne(taken);
    const after = withOne(taken, { verifiedAt: T + 5_000 });
    expect(healthNotes(before, after)).toEqual([
      { route: "seven-sms", callingCode: "49", kind: "arrived", tookMs: 4_800 },
      { route: "seven-sms", callingCode: "49", kind: "verified" },
    ]);
    const reported = withOne(
      { ...taken, state: "delivered", deliveredAt: T + 6_000 },
      { verifiedAt: T + 5_000 },
    );
    expect(kinds(after, reported)).toEqual([]);
  });

  test("of two copies the one that arrived is credited", () => {
    const copies = [
      anAttempt({ ...taken, state: "delivered", deliveredAt: T + 900 }),
      anAttempt({ ...taken, number: 2, route: "second-sms" }),
    ];
    const before = aDelivery({ callingCode: "49", attempts: copies });
    const notes = healthNotes(before, { ...before, verifiedAt: T + 5_000 });
    expect(notes.map(({ route, kind }) => [route, kind])).toEqual([["seven-sms", "verified"]]);
  });

  test("a price counts once, and money that is given back is taken off", () => {
    const paid = { ...taken, cost: { micros: 75_000, currency: "EUR" } };
    expect(healthNotes(withOne(taken), withOne(paid))).toMatchObject([{ micros: 75_000, first: true }]);
    expect(healthNotes(withOne(paid), withOne(paid))).toEqual([]);
    const back = { ...paid, refundedAt: T + 40_000 };
    expect(healthNotes(withOne(paid), withOne(back))).toMatchObject([{ micros: -75_000, first: false }]);
  });

  test("a currency that is none and a record without a country tell nothing", () => {
    const odd = { ...taken, cost: { micros: 1, currency: "eur|49|x" } };
    expect(healthNotes(withOne(taken), withOne(odd))).toEqual([]);
    const { callingCode: _, ...old } = withOne(taken);
    expect(healthNotes(withOne({ state: "sending" }), old)).toEqual([]);
  });
});

function summed(times: number, tookMs: number, into: Sums = new Map()): Sums {
  for (let i = 0; i < times; i++) {
    addInto(into, new Map(additions({ route: "r", callingCode: "49", kind: "arrived", tookMs })));
  }
  return into;
}

describe("sums", () => {
  test("tell latencies between the edges of their buckets", () => {
    const sums = summed(90, 700);
    const { arrived, toArrived, toAccepted } = measuredOf(summed(10, 20_000, sums));
    expect(arrived).toBe(100);
    expect(toArrived?.p50Ms).toBeGreaterThan(500);
    expect(toArrived?.p50Ms).toBeLessThanOrEqual(1_000);
    expect(toArrived?.p95Ms).toBeGreaterThan(15_000);
    expect(toArrived?.p95Ms).toBeLessThanOrEqual(30_000);
    expect(toAccepted).toBeUndefined();
  });

  test("tell what is longer than every edge as the last one", () => {
    expect(measuredOf(summed(1, 9_999_999)).toArrived).toEqual({ p50Ms: 120_000, p95Ms: 120_000 });
  });

  test("tell the mean price, and none of several currencies", () => {
    const one = new Map([
      ["c:EUR", 225_000],
      ["n:EUR", 3],
    ]);
    expect(measuredOf(one).cost).toEqual({ micros: 75_000, currency: "EUR" });
    expect(measuredOf(new Map([...one, ["n:USD", 1]])).cost).toBeUndefined();
  });
});

test("only as many of the newest minutes are recent as hold enough", () => {
  const minute = (arrived: number, missed: number) =>
    new Map([[rowOf("r", "49"), new Map(Object.entries({ arrived, missed }))]]);
  const minutes = [minute(0, 5), minute(RECENT_ENOUGH, 0), minute(100, 1)];
  expect(recentTrials(minutes, rowOf("r", "49"))).toEqual({
    recent: { arrived: RECENT_ENOUGH, missed: 5, verified: 0 },
    rest: { arrived: 100, missed: 1, verified: 0 },
  });
});
