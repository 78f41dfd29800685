import { describe, expect, test } from "vitest";
import type { Connected } from "../../src/connect.ts";
import type { Circuit } from "../../src/core/circuit.ts";
import type { Reporting } from "../../src/core/quiet.ts";
import { circuitStatesOf, quietOf, routesCheck } from "../../src/route-health.ts";
import { aRoute, testRules } from "../support/build.ts";

const QUIET: Reporting = { kind: "quiet", since: 1, lateAt: 1, cohorts: [] };
const OPEN: Circuit = { kind: "open", since: 1, why: "slow", probeAt: 2 };

type Parts = {
  circuits: Pick<Connected["circuits"], "snapshot" | "isOpen">;
  quiet: Pick<Connected["quiet"], "snapshot" | "isQuiet">;
  flows: unknown;
};

/** Two routes on one account and two on another, the last of which reports nothing. */
function connected(known: Record<string, Circuit>, open: string[] = [], quiet: string[] = []): Connected {
  const routes = [
    aRoute({ id: "a", account: "one" }),
    aRoute({ id: "b", account: "one" }),
    aRoute({ id: "c", account: "two" }),
    aRoute({ id: "d", account: "two", silenceMs: undefined }),
  ];
  const parts: Parts = {
    circuits: { snapshot: () => new Map(Object.entries(known)), isOpen: (route) => open.includes(route) },
    quiet: {
      snapshot: () => new Map(quiet.map((route) => [route, QUIET])),
      isQuiet: (route) => quiet.includes(route),
    },
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
      ["route:d", "closed"],
      ["account:one", "open"],
      ["account:two", "closed"],
    ]);
  });

  test("names every route that reports, and whether it is quiet", () => {
    expect([...quietOf(connected({}, [], ["a", "gone"]))]).toEqual([
      ["a", true],
      ["b", false],
      ["c", false],
    ]);
  });

  test.each([
    [[], ["a"], "1 of 2 routes is quiet"],
    [[], ["a", "c"], "2 of 2 routes are quiet"],
    [["a"], ["c"], "1 of 2 routes are not called at the moment, 1 of 2 routes is quiet"],
    [["a", "c"], ["c"], "no route is called at the moment, 1 of 2 routes is quiet"],
  ])("with %j open and %j quiet it says so", (open, quiet, why) => {
    expect(routesCheck(connected({}, open, quiet))).toEqual({ ok: true, why });
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
