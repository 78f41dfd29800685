import { expect, test } from "vitest";
import { DEFAULT_RULES, routeRules, withReports } from "../../../src/core/rules.ts";
import { aRoute, testRules } from "../../support/build.ts";

test("rules of a route that is not configured are an error that names it", () => {
  const rules = testRules();
  expect(routeRules(rules, "seven-sms").provider).toBe("seven");
  expect(() => routeRules(rules, "pigeon")).toThrow("Route pigeon is not configured");
});

test("the promised bounds are the defaults", () => {
  expect(DEFAULT_RULES).toMatchObject({
    minLeftMs: 30_000,
    closeAfterMs: 60_000,
    maxPaid: 4,
    maxPaidPerRoute: 2,
    doubt: { firstMs: 3_000, forMs: 10_000 },
  });
  expect(DEFAULT_RULES.doubt.absentReads, "a journal may lag behind its accept").toBeGreaterThan(1);
});

test("silence tells nothing of a route that can never be heard", () => {
  const route = aRoute({ id: "r", silenceMs: 30_000, canReadStatus: false });
  expect(withReports(route, "poll")).toMatchObject({ reports: "poll", silenceMs: undefined });
  expect(withReports(route, "push")).toMatchObject({ reports: "push", silenceMs: 30_000 });
  expect(withReports({ ...route, canReadStatus: true }, "poll")).toMatchObject({ silenceMs: 30_000 });
});
