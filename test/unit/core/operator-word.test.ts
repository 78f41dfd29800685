import { describe, expect, test } from "vitest";
import type { Admission } from "../../../src/core/circuit.ts";
import { operatorTextFault } from "../../../src/core/operator-text.ts";
import { admissionUnder, isOpenUnder, type OperatorWord, wordNow } from "../../../src/core/operator-word.ts";
import { isProviderFailure, type SendOutcome } from "../../../src/core/outcome.ts";
import { restAsked } from "../../../src/core/rest.ts";
import { withoutAccount } from "../../../src/core/route.ts";
import { aRoute, testRules } from "../../support/build.ts";

const WORD: OperatorWord = { kind: "stopped", by: "Kim", why: "outage", since: 1_000, until: 2_000 };

describe("an operator's word", () => {
  test("holds until its end and not at it", () => {
    expect([1_000, 1_999, 2_000, 9_999].map((now) => wordNow(WORD, now))).toEqual([
      "stopped",
      "stopped",
      undefined,
      undefined,
    ]);
    expect(wordNow(undefined, 1_500)).toBeUndefined();
  });

  test.each<[OperatorWord["kind"] | undefined, number, Admission, Admission, boolean]>([
    ["stopped", 0, "go", "stop", true],
    ["stopped", 500, "probe", "stop", true],
    ["forced", 0, "stop", "go", false],
    ["forced", 0, "probe", "go", false],
    ["forced", 500, "go", "rest", false],
    ["forced", 9_000, "go", "stop", true],
    [undefined, 0, "probe", "probe", true],
    [undefined, 0, "stop", "stop", true],
    [undefined, 500, "go", "rest", true],
    [undefined, 9_000, "go", "stop", true],
  ])("%s with %i ms of rest makes of the circuit's %s: %s", (word, restMs, circuit, admitted, open) => {
    const standing = { word, restMs, maxWaitMs: 8_000 };
    expect(admissionUnder(standing, () => circuit)).toBe(admitted);
    expect(isOpenUnder(standing, true)).toBe(open);
  });

  test("leaves a closed circuit closed unless the route is stopped or rests for long", () => {
    const isOpen = (word: OperatorWord["kind"] | undefined, restMs: number) =>
      isOpenUnder({ word, restMs, maxWaitMs: 8_000 }, false);
    expect([isOpen(undefined, 0), isOpen("forced", 0), isOpen(undefined, 8_000)]).toEqual([
      false,
      false,
      false,
    ]);
    expect([isOpen("stopped", 0), isOpen(undefined, 8_001)]).toEqual([true, true]);
  });

  test("does not ask a circuit whose answer it does not need", () => {
    const asked = () => {
      throw new Error("asked");
    };
    for (const word of ["stopped", "forced"] as const) {
      expect(() => admissionUnder({ word, restMs: 0, maxWaitMs: 1 }, asked)).not.toThrow();
    }
  });
});

describe("a rest", () => {
  test.each<[number | undefined, number]>([
    [undefined, 2_000],
    [0, 1_000],
    [999, 1_000],
    [7_000, 7_000],
    [60_000, 60_000],
    [600_000, 60_000],
  ])("asked for with %s ms lasts %i ms", (retryAfterMs, ms) => {
    expect(restAsked({ kind: "unavailable", reason: "throttled", retryAfterMs })).toBe(ms);
  });

  test.each<[SendOutcome, boolean]>([
    [{ kind: "unavailable", reason: "connect" }, true],
    [{ kind: "unavailable", reason: "provider_fault", retryAfterMs: 5_000 }, true],
    [{ kind: "uncertain", cause: "timeout" }, true],
    [{ kind: "unavailable", reason: "stopped", retryLimit: 0 }, false],
    [{ kind: "refused", reason: "account_credit" }, false],
    [{ kind: "accepted", providerMessageId: undefined }, false],
  ])("is not asked for by %o", (outcome, isFailure) => {
    expect([restAsked(outcome), isProviderFailure(outcome)]).toEqual([undefined, isFailure]);
  });

  test("is no failure of the provider", () => {
    expect(isProviderFailure({ kind: "unavailable", reason: "throttled" })).toBe(false);
  });
});

test("a fault of an account closes all of its routes to the delivery that met it", () => {
  const routes = [aRoute({ id: "a", account: "x" }), aRoute({ id: "b", account: "x" }), aRoute({ id: "c" })];
  const conditions = withoutAccount(
    () => ({ open: false, waitMs: 7, quiet: false }),
    testRules({ routes }),
    "a",
  );
  expect(["a", "b", "c"].map((r) => conditions(r))).toEqual([
    { open: true, waitMs: 7, quiet: false },
    { open: true, waitMs: 7, quiet: false },
    { open: false, waitMs: 7, quiet: false },
  ]);
});

describe("what an operator writes", () => {
  test.each([
    "outage at seven",
    "INC-2026-10482",
    "see ticket 48213, since 2026-10-05 09:30",
    "wartung für Köln",
  ])("%s is taken", (text) => expect(operatorTextFault(text, 60)).toBeUndefined());

  test.each([
    ["", "must not be empty"],
    ["  ", "must not be empty"],
    ["x".repeat(61), "must have at most 60 characters"],
    ["two\nlines", "must be one line of visible characters"],
    ["turned \u202Earound", "must be one line of visible characters"],
    ["+4915112345678 gets none", "must not hold a telephone number"],
    ["call 0151 123 456 78", "must not hold a telephone number"],
    ["to 4915112345678", "must not hold a telephone number"],
    ["+1 (555) 0100", "must not hold a telephone number"],
  ])("%j is refused", (text, why) => expect(operatorTextFault(text, 60)).toBe(why));
});
