import { describe, expect, test } from "vitest";
import { aRoute, CREATED_AT, EXPIRES_AT, testRules } from "../../support/build.ts";
import { move, next } from "../../support/move.ts";

const T = CREATED_AT;
const LATEST = EXPIRES_AT - 30_000;

describe("the same route again", () => {
  const connect = { state: "unavailable", detail: "connect" } as const;
  const delays = (random: number) =>
    [1, 2, 3].map((tries) => {
      const found = move(Array(tries).fill(connect), { random: () => random });
      return found.kind === "attempt" ? found.next.notBefore - (T + 1_000) : undefined;
    });

  test("waits with full jitter below 1, 3 and 8 s", () => {
    expect(delays(0)).toEqual([0, 0, 0]);
    expect(delays(0.5)).toEqual([500, 1_500, 4_000]);
    expect(delays(0.9999)).toEqual([999, 2_999, 7_999]);
  });

  test("has a number and a reference of its own", () => {
    expect(move([connect])).toEqual(next("seven-sms", "retry"));
  });

  test("three times, then the next route", () => {
    expect(move([connect, connect, connect])).toEqual(next("seven-sms", "retry", 4));
    expect(move([connect, connect, connect, connect])).toEqual(next("telegram-gateway", "unavailable", 5));
  });

  test("as often as the provider's answer says makes sense", () => {
    const limited = { ...connect, retryLimit: 1 };
    expect(move([{ ...connect, retryLimit: 0 }])).toEqual(next("telegram-gateway", "unavailable"));
    expect(move([limited])).toEqual(next("seven-sms", "retry"));
    expect(move([limited, limited])).toEqual(next("telegram-gateway", "unavailable", 3));
  });

  test("tries of other routes do not count", () => {
    const other = { ...connect, route: "telegram-gateway" };
    expect(move([connect, connect, connect, connect, other])).toEqual(next("telegram-gateway", "retry", 6));
  });

  test("never sooner than the provider asked for", () => {
    const asked = move([connect], { retryAfterMs: 7_000 });
    expect(asked).toMatchObject({ next: { route: "seven-sms", notBefore: T + 8_000 } });
  });

  test("not when the provider asks for more than the 20 s that a route has", () => {
    expect(move([connect], { retryAfterMs: 19_000 })).toEqual(next("seven-sms", "retry"));
    expect(move([connect], { retryAfterMs: 19_001 })).toEqual(next("telegram-gateway", "unavailable"));
  });

  test("the 20 s run from the first try on this route", () => {
    const own = { ...connect, route: "telegram-gateway", intentAt: T + 20_000 };
    expect(move([connect, own], { now: T + 39_500 })).toEqual(next("telegram-gateway", "retry", 3));
    expect(move([connect, own], { now: T + 39_501 })).toEqual(next("second-sms", "unavailable", 3));
  });

  test("a retry that would start too late gives way to a route that can start now", () => {
    const late = { ...connect, intentAt: LATEST - 1_000 };
    expect(move([late], { now: LATEST - 500 })).toEqual(next("seven-sms", "retry"));
    expect(move([late], { now: LATEST - 499 })).toEqual(next("telegram-gateway", "unavailable"));
  });

  test("a retry that only the deadline forbids ends in the deadline, a refusal in failure", () => {
    const late = { ...connect, intentAt: LATEST - 1_000 };
    const only = { delivery: { plan: ["seven-sms"] } };
    expect(move([late], { ...only, now: LATEST - 499 })).toEqual({ kind: "deadline" });
    expect(move([late], { ...only, now: LATEST + 1 })).toEqual({ kind: "deadline" });
    const gone = { ...late, state: "refused" } as const;
    expect(move([gone], { ...only, now: LATEST - 499 })).toEqual({ kind: "exhausted" });
  });

  test("a route that left the configuration is not tried again", () => {
    const some = testRules({ routes: [aRoute({ id: "second-sms" })] });
    expect(move([connect], { rules: some })).toEqual(next("second-sms", "unavailable"));
  });
});

describe("a message that never arrived", () => {
  const absent = { state: "unavailable", detail: "absent" } as const;

  test("is sent again at once on the same route with the same reference", () => {
    expect(move([{ ...absent, reference: "r-1" }], { retryAfterMs: 9_000 })).toEqual({
      kind: "attempt",
      next: {
        number: 2,
        route: "seven-sms",
        why: "absent",
        reference: "r-1",
        plannedAt: T + 1_000,
        notBefore: T + 1_000,
      },
    });
  });

  test("whatever time the route has spent", () => {
    expect(move([absent], { now: T + 60_000 })).toEqual(
      expect.objectContaining({ next: expect.objectContaining({ why: "absent" }) }),
    );
  });

  test("keeps the reference of the message that it repeats in every later retry, and no other", () => {
    const repeat = { state: "unavailable", detail: "connect", reference: "r-1" } as const;
    expect(move([{ ...absent, reference: "r-1" }, repeat])).toMatchObject({
      next: { number: 3, route: "seven-sms", why: "retry", reference: "r-1" },
    });
    const own = { ...repeat, reference: "r-2" };
    expect(move([{ ...absent, reference: "r-1" }, own])).toEqual(next("seven-sms", "retry", 3));
  });

  test("once: what is not found twice is left to the next route", () => {
    expect(move([absent, { ...absent, why: "absent" }])).toEqual(next("telegram-gateway", "unavailable", 3));
  });

  test("not after the last start", () => {
    expect(move([absent], { now: LATEST + 1 })).toEqual({ kind: "deadline" });
  });
});

describe("caps", () => {
  const paid = { state: "undelivered" } as const;

  test("no fifth attempt is paid", () => {
    const routes = ["a", "b", "c", "d", "e"];
    const five = testRules({ routes: routes.map((id) => aRoute({ id })) });
    const onEach = (count: number) => routes.slice(0, count).map((route) => ({ ...paid, route }));
    const plan = { delivery: { plan: routes }, rules: five };
    expect(move(onEach(3), plan)).toEqual(next("d", "undelivered", 4));
    expect(move(onEach(4), plan)).toEqual({ kind: "exhausted" });
  });

  test("refusals and outages are not paid", () => {
    const refused = { state: "refused", detail: "account_credit" } as const;
    const five = Array(5).fill({ state: "unavailable", detail: "connect" });
    expect(move([...five, refused])).toEqual(next("telegram-gateway", "refused", 7));
  });

  test("a retry is not planned where two on this route are paid for, or four in all", () => {
    const connect = { state: "unavailable", detail: "connect" } as const;
    expect(move([paid, connect])).toEqual(next("seven-sms", "retry", 3));
    expect(move([paid, paid, connect])).toEqual(next("telegram-gateway", "unavailable", 4));
    const second = { ...paid, route: "second-sms" };
    const third = { ...connect, route: "telegram-gateway" };
    expect(move([paid, paid, second, second, third])).toEqual({ kind: "exhausted" });
  });
});
