import { describe, expect, test } from "vitest";
import { NO_TRIALS, type RouteHealth } from "../../../src/core/health-windows.ts";
import { orderWords } from "../../../src/core/order-words.ts";
import { estimate, missesToLeave, ORDER, orderPlan } from "../../../src/core/route-order.ts";

const trials = (arrived: number, missed: number, verified = 0) => ({ arrived, missed, verified });
const health = (changes: Partial<RouteHealth>): RouteHealth => ({
  present: 0,
  recent: NO_TRIALS,
  hour: NO_TRIALS,
  elsewhere: NO_TRIALS,
  cost: undefined,
  ...changes,
});
const eur = (micros: number) => ({ micros, currency: "EUR" });
const PLAN = ["seven-sms", "telegram-gateway", "second-sms"];

function order(known: Record<string, Partial<RouteHealth>>, random = () => 1) {
  return orderPlan(PLAN, { callingCode: "49", health: (route) => health(known[route] ?? {}), random });
}
const first = (known: Record<string, Partial<RouteHealth>>) => order(known).plan[0];

describe("the first route", () => {
  test("is the plan's where nothing is known, and nothing is told of it", () => {
    expect(order({})).toEqual({ plan: PLAN, fact: undefined });
  });

  test("is another one where the plan's fails, and the rest keep their order", () => {
    const { plan, fact } = order({ "seven-sms": { recent: trials(0, 10) } });
    expect(plan).toEqual(["telegram-gateway", "seven-sms", "second-sms"]);
    expect(fact?.why).toBe("arrives");
  });

  test("stays where the difference is within the margin", () => {
    expect(first({ "seven-sms": { hour: trials(93, 7) }, "second-sms": { hour: trials(97, 3) } })).toBe(
      "seven-sms",
    );
  });

  test("is the cheaper one of two as good ones, if it is clearly cheaper and known well", () => {
    const seven = { hour: trials(97, 3), cost: eur(75_000) };
    const second = { hour: trials(96, 4), cost: eur(40_000) };
    expect(order({ "seven-sms": seven, "second-sms": second }).fact).toMatchObject({
      route: "second-sms",
      why: "cheaper",
      over: { route: "seven-sms", price: "dearer" },
    });
    expect(first({ "seven-sms": seven, "second-sms": { ...second, cost: eur(70_000) } })).toBe("seven-sms");
    expect(first({ "seven-sms": seven, "second-sms": { ...second, hour: trials(5, 0) } })).toBe("seven-sms");
    const usd = { ...second, cost: { micros: 40_000, currency: "USD" } };
    expect(first({ "seven-sms": seven, "second-sms": usd })).toBe("seven-sms");
  });

  test("is never a cheap one that brings less", () => {
    const second = { hour: trials(80, 20), cost: eur(1_000) };
    expect(first({ "seven-sms": { hour: trials(97, 3), cost: eur(75_000) }, "second-sms": second })).toBe(
      "seven-sms",
    );
  });

  test("is not the one whose reports say delivered while no code is entered", () => {
    const lying = { hour: trials(200, 0, 2) };
    const honest = { hour: trials(190, 10, 150) };
    expect(first({ "seven-sms": lying, "second-sms": honest })).not.toBe("seven-sms");
    const untold = { "seven-sms": { hour: trials(200, 0) }, "second-sms": { hour: trials(190, 10) } };
    expect(first(untold)).toBe("seven-sms");
  });

  test("is probed elsewhere only where little is known, and the least known first", () => {
    const known = { "telegram-gateway": { present: 5 }, "seven-sms": { recent: trials(30, 0) } };
    expect(order(known, () => 0)).toMatchObject({
      plan: ["second-sms", ...PLAN.slice(0, 2)],
      fact: { why: "probe" },
    });
    expect(order(known, () => ORDER.probeShare).plan[0]).toBe("seven-sms");
    const all = Object.fromEntries(PLAN.map((route) => [route, { present: 30 }]));
    expect(order(all, () => 0).plan[0]).toBe("seven-sms");
  });
});

test("a country with little traffic is judged like the route elsewhere, one with much by itself", () => {
  expect(estimate(health({ elsewhere: trials(10, 990), recent: trials(2, 0) }))).toBeLessThan(0.2);
  expect(estimate(health({ elsewhere: trials(10, 990), recent: trials(2_000, 0) }))).toBeGreaterThan(0.98);
});

test("a route is left after as many misses as the bound says, and not before", () => {
  const rival = { hour: trials(100, 0) };
  const isLeft = (missed: number, arrived: number) =>
    first({ "seven-sms": { hour: trials(300, 0), recent: trials(arrived, missed) }, "second-sms": rival }) !==
    "seven-sms";
  for (const arrived of [0, 20, 59]) {
    const before = estimate(health({ hour: trials(300, 0) }));
    const misses = missesToLeave({ before, arrived, rival: estimate(health(rival)) });
    expect([isLeft(misses - 1, arrived), isLeft(misses, arrived)]).toEqual([false, true]);
  }
});

test("the reason is told in plain words", () => {
  const seven = { route: "seven-sms", arrived: 233, judged: 240 };
  const over = { route: "telegram-gateway", arrived: 99, judged: 100 };
  const fact = { ...seven, callingCode: "49", why: "plan" as const };
  expect(orderWords({ ...fact, over: { ...over, price: "dearer" } })).toBe(
    "seven-sms first: 97 % of 240 arrived in +49 within the last hour; telegram-gateway 99 % of 100 arrived but dearer.",
  );
  expect(orderWords({ ...fact, why: "probe", arrived: 0, judged: 0 })).toBe(
    "seven-sms first, one of the few that find out how it is now: nothing is known in +49 within the last hour.",
  );
});
