import { describe, expect, test } from "vitest";
import type { Circuit } from "../../../src/core/circuit.ts";
import { routeFacts, routesInstead, routeView, type Seen } from "../../../src/core/route-facts.ts";
import { aRoute } from "../../support/build.ts";

const NOW = 1_700_000_000_000;
const ROUTE = aRoute({ id: "seven-sms", account: "seven" });
const OPEN: Circuit = { kind: "open", since: NOW - 5_000, why: "slow", probeAt: NOW };
const iso = (at: number) => new Date(at).toISOString();

function facts(seen: Partial<Omit<Seen, "circuitOf">> = {}, circuits: Record<string, Circuit> = {}) {
  return routeFacts(ROUTE, {
    now: NOW,
    circuitOf: (name) => circuits[name],
    word: undefined,
    restsUntil: undefined,
    waiting: 0,
    waitMs: 0,
    ...seen,
  });
}

describe("what an operator sees of a route", () => {
  test("where nothing ever happened: closed, nobody said anything, called", () => {
    expect(facts()).toMatchObject({
      circuit: { state: "closed", of: "route" },
      word: undefined,
      isOpenForCalls: true,
    });
  });

  test("is the circuit of the account where that one stops it", () => {
    expect(facts({}, { "account:seven": OPEN, "route:seven-sms": OPEN }).circuit.of).toBe("route");
    expect(facts({}, { "account:seven": OPEN })).toMatchObject({
      circuit: { state: "open", of: "account", why: "too many calls were slow", since: NOW - 5_000 },
      isOpenForCalls: false,
    });
  });

  test("is no word that has run out", () => {
    const word = { kind: "stopped", by: "Kim", why: "outage", since: NOW - 10, until: NOW + 1 } as const;
    expect(facts({ word })).toMatchObject({ word, isOpenForCalls: false });
    expect(facts({ word: { ...word, until: NOW } })).toMatchObject({ word: undefined, isOpenForCalls: true });
    expect(facts({ word: { ...word, kind: "forced" } }, { "route:seven-sms": OPEN }).isOpenForCalls).toBe(
      true,
    );
  });

  test("waits for a rest as well as for the line", () => {
    expect(facts({ restsUntil: NOW + 3_000, waiting: 4, waitMs: 400 })).toMatchObject({
      waitMs: 3_400,
      isOpenForCalls: true,
      restsUntil: NOW + 3_000,
    });
    expect(facts({ restsUntil: NOW + 30_000 }).isOpenForCalls).toBe(false);
    expect(facts({ restsUntil: NOW - 1 })).toMatchObject({ waitMs: 0, restsUntil: undefined });
  });

  test("has its instants as text for tools", () => {
    const word = { kind: "forced", by: "Kim", why: "they say so", since: NOW, until: NOW + 60_000 } as const;
    expect(routeView(facts({ word }, { "route:seven-sms": OPEN }), iso)).toMatchObject({
      circuit: { state: "open", since: iso(NOW - 5_000) },
      word: { word: "forced", since: iso(NOW), until: iso(NOW + 60_000) },
      restsUntil: null,
    });
  });
});

test("codes of a stopped route go to the others of the plan that can be called", () => {
  const other = (route: string, isOpenForCalls = true) => ({ ...facts(), route, isOpenForCalls });
  const all = [other("seven-sms"), other("second-sms", false), other("telegram-gateway"), other("spare")];
  const order = ["telegram-gateway", "seven-sms", "second-sms"];
  expect(routesInstead("seven-sms", order, all)).toEqual(["telegram-gateway"]);
  expect(routesInstead("telegram-gateway", ["telegram-gateway"], all)).toEqual([]);
});
