import { describe, expect, test } from "vitest";
import type { Connected } from "../../src/connect.ts";
import type { Circuit } from "../../src/core/circuit.ts";
import { circuitStatesOf, routesCheck } from "../../src/route-health.ts";
import { aRoute, testRules } from "../support/build.ts";

const OPEN: Circuit = { kind: "open", since: 1, why: "slow", probeAt: 2 };

type Parts = { circuits: Pick<Connected["circuits"], "snapshot" | "isOpen">; flows: unknown };

/** Two routes on one account and one on another. */
function connected(known: Record<string, Circuit>, open: string[] = []): Connected {
  const routes = [
    aRoute({ id: "a", account: "one" }),
    aRoute({ id: "b", account: "one" }),
    aRoute({ id: "c", account: "two" }),
  ];
  const parts: Parts = {
    circuits: { snapshot: () => new Map(Object.entries(known)), isOpen: (route) => open.includes(route) },
    flows: { rules: testRules({ routes }), defaultRoutes: ["a", "c"] },
  };
  return parts as Connected;
}

describe("the health of routes", () => {
  test("names every configured circuit, and none that left the configuration", () => {
    expect([...circuitStatesOf(connected({ "account:one": OPEN, "route:gone": OPEN }))]).toEqual([
      ["route:a", "closed"],
      ["route:b", "closed"],
      ["route:c", "closed"],
      ["account:one", "open"],
      ["account:two", "closed"],
    ]);
  });

  test.each([
    [[], { ok: true }],
    [["b"], { ok: true }],
    [["a", "b"], { ok: true, why: "1 of 2 routes are not called at the moment" }],
    [["a", "c"], { ok: true, why: "no route is called at the moment" }],
  ])("with %j open the process stays ready", (open, check) => {
    expect(routesCheck(connected({}, open))).toEqual(check);
  });
});
