import fc from "fast-check";
import { expect, test } from "vitest";
import type { RouteHealth } from "../../src/core/health-windows.ts";
import { estimate, ORDER, orderPlan } from "../../src/core/route-order.ts";

const count = fc.oneof(fc.nat(30), fc.nat(100_000));
const trials = fc.record({ arrived: count, missed: count, verified: count });
const aHealth: fc.Arbitrary<RouteHealth> = fc.record({
  present: fc.nat(60),
  recent: trials,
  hour: trials,
  elsewhere: trials,
  cost: fc.option(fc.record({ micros: fc.nat(1_000_000), currency: fc.constantFrom("EUR", "USD") }), {
    nil: undefined,
  }),
});
const aPlan = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 5 });
const known = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), aHealth, { minKeys: 5, maxKeys: 5 });
const dice = fc.oneof(
  fc.nat(999).map((n) => n / 1_000),
  fc.nat(99).map((n) => n / 1_000),
);

test("the order holds the plan's routes and no other, each once, and moves one at most", () => {
  fc.assert(
    fc.property(aPlan, known, dice, (plan, all, fraction) => {
      const { plan: after, fact } = orderPlan(plan, {
        callingCode: "49",
        health: (route) => all[route]!,
        random: () => fraction,
      });
      expect(after.toSorted()).toEqual(plan.toSorted());
      expect(after.slice(1)).toEqual(plan.filter((route) => route !== after[0]));
      if (fact) expect(fact.route).toBe(after[0]);
    }),
  );
});

test("the first is never worse than the best by more than the margin, but for probes; nor without entered codes", () => {
  const silent = (health: RouteHealth): RouteHealth => ({
    present: health.present,
    recent: { ...health.recent, verified: 0 },
    hour: { ...health.hour, verified: 0 },
    elsewhere: health.elsewhere,
    cost: health.cost,
  });
  fc.assert(
    fc.property(aPlan, known, (plan, all) => {
      fc.pre(plan.length > 0);
      const health = (route: string) => silent(all[route]!);
      const { plan: after } = orderPlan(plan, { callingCode: "49", health, random: () => 0.999 });
      const best = Math.max(...plan.map((route) => estimate(health(route))));
      expect(estimate(health(after[0]!))).toBeGreaterThanOrEqual(best - ORDER.margin - 1e-9);
    }),
  );
});

test("an estimate is a share, and one more arrival never lowers it", () => {
  fc.assert(
    fc.property(aHealth, (health) => {
      const share = estimate(health);
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThan(1);
      const more = { ...health, recent: { ...health.recent, arrived: health.recent.arrived + 1 } };
      expect(estimate(more)).toBeGreaterThanOrEqual(share);
    }),
  );
});

test("probes are at most the share of one uniform draw for each code, whatever is known", () => {
  let probes = 0;
  fc.assert(
    fc.property(aPlan, known, dice, (plan, all, fraction) => {
      let draws = 0;
      const random = () => {
        draws++;
        return fraction;
      };
      const { fact } = orderPlan(plan, { callingCode: "49", health: (route) => all[route]!, random });
      expect(draws).toBeLessThanOrEqual(1);
      if (fact?.why !== "probe") return;
      probes++;
      expect(draws).toBe(1);
      expect(fraction).toBeLessThan(ORDER.probeShare);
    }),
  );
  expect(probes).toBeGreaterThan(0);
});
