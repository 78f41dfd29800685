import { describe, expect, test } from "vitest";
import {
  admission,
  CIRCUIT_RULES,
  type Circuit,
  CLOSED,
  doubtSettled,
  isOnlySlow,
  type Observed,
  observe,
  openAtOnce,
  probed,
} from "../../../src/core/circuit.ts";

const T = 1_700_000_000_000;
const rules = CIRCUIT_RULES;
const calls = (changes: Partial<Observed>): Observed => ({
  calls: 1,
  failures: 0,
  slow: 0,
  failuresInARow: 0,
  sure: 0,
  ...changes,
});
const FAILED = calls({ failures: 1, failuresInARow: 1 });
const GOOD = calls({});
const after = (seen: readonly Observed[], stepMs = 10, start: Circuit = CLOSED) =>
  seen.reduce<Circuit>((c, s, i) => observe(c, s, T + i * stepMs, rules), start);
const many = (count: number, seen: Observed) => Array<Observed>(count).fill(seen);
const opened = (why: string) => expect.objectContaining({ kind: "open", why });
const OPEN: Circuit = { kind: "open", since: T, why: "slow", probeAt: T + 10_000 };
const admit = (circuit: Circuit, now: number, random = 0) => admission(circuit, now, rules, () => random);

describe("a closed circuit", () => {
  test.each([
    ["four failures in a row", many(4, FAILED), "closed"],
    ["five failures in a row", many(5, FAILED), "open"],
    ["five failures with a success between them", [...many(4, FAILED), GOOD, FAILED], "closed"],
    [
      "five failures that one process saw at once",
      [calls({ calls: 5, failures: 5, failuresInARow: 5 })],
      "open",
    ],
    ["four here and one there", [calls({ calls: 4, failures: 4, failuresInARow: 4 }), FAILED], "open"],
    ["a success and then four in a row", [calls({ calls: 9, failures: 8, failuresInARow: 4 })], "closed"],
  ])("after %s is %s", (_, seen, kind) => {
    expect(after(seen).kind).toBe(kind);
    if (kind === "open") expect(after(seen)).toEqual(opened("failures_in_a_row"));
  });

  test.each([
    [10, 20, "open"],
    [9, 20, "closed"],
    [9, 19, "closed"],
    [10, 19, "closed"],
    [60, 100, "open"],
  ])("with %d failures of %d calls is %s", (failures, total, kind) => {
    const one = calls({ calls: 1 });
    const seen = Array.from({ length: total }, (_, i) => (i % 2 === 0 && i < 2 * failures ? FAILED : one));
    const rest = failures - seen.filter((s) => s === FAILED).length;
    const sum = [...seen, ...many(rest, calls({ calls: 0, failures: 1 }))];
    const circuit = after(sum);
    expect(circuit.kind).toBe(kind);
    if (kind === "open") expect(circuit).toEqual(opened("failure_share"));
  });

  test("forgets calls that are older than 30 s", () => {
    const old = after(many(9, calls({ calls: 2, failures: 1 })));
    const later = observe(old, calls({ calls: 2, failures: 1 }), T + 31_000, rules);
    expect(later.kind).toBe("closed");
    expect(observe(old, calls({ calls: 2, failures: 1 }), T + 20_000, rules)).toEqual(
      opened("failure_share"),
    );
  });

  test.each([
    [1, 20, "closed"],
    [2, 20, "open"],
    [2, 19, "closed"],
    [5, 100, "closed"],
    [6, 100, "open"],
  ])("with %d of %d calls above 5 s is %s", (slow, total, kind) => {
    const circuit = observe(CLOSED, calls({ calls: total, slow }), T, rules);
    expect(circuit.kind).toBe(kind);
    if (kind === "open") expect(circuit).toEqual(opened("slow"));
  });

  test("keeps no more buckets than its window has", () => {
    const circuit = after(many(500, GOOD), 1_000);
    expect(circuit.kind === "closed" && circuit.buckets.length).toBeLessThanOrEqual(11);
  });

  test("admits every call", () => {
    expect(admit(CLOSED, T, 0.999)).toBe("go");
  });
});

describe("an account fault", () => {
  test("opens at once, and once only", () => {
    const open = openAtOnce(CLOSED, T, rules);
    expect(open).toEqual({ kind: "open", since: T, why: "account_fault", probeAt: T + 10_000 });
    expect(openAtOnce(open, T + 5_000, rules)).toBe(open);
    expect(openAtOnce({ kind: "returning", since: T, inARow: 0 }, T + 9, rules)).toMatchObject({
      since: T + 9,
    });
  });
});

describe("an open circuit", () => {
  test("stops every call until its probe, whatever was under way", () => {
    expect(admit(OPEN, T + 9_999)).toBe("stop");
    expect(admit(OPEN, T + 10_000)).toBe("probe");
    expect(observe(OPEN, GOOD, T + 500, rules)).toBe(OPEN);
    expect(observe(OPEN, FAILED, T + 500, rules)).toBe(OPEN);
  });

  test("waits another 10 s after a bad probe", () => {
    expect(probed(OPEN, false, T + 12_000, rules)).toEqual({ ...OPEN, probeAt: T + 22_000 });
  });

  test("lets traffic come back after a good one", () => {
    expect(probed(OPEN, true, T + 12_000, rules)).toEqual({
      kind: "returning",
      since: T + 12_000,
      inARow: 0,
      wasSlow: true,
    });
  });

  test("a probe that comes back late changes nothing", () => {
    expect(probed(CLOSED, false, T, rules)).toBe(CLOSED);
    const returning: Circuit = { kind: "returning", since: T, inARow: 0 };
    expect(probed(returning, false, T, rules)).toBe(returning);
  });
});

describe("returning traffic", () => {
  const returning: Circuit = { kind: "returning", since: T, inARow: 0 };

  test.each([
    [0, 0.099, "go"],
    [0, 0.1, "stop"],
    [15_000, 0.549, "go"],
    [15_000, 0.55, "stop"],
    [30_000, 0.999, "go"],
    [-5_000, 0.1, "stop"],
  ])("after %d ms a call that draws %d is a %s", (ms, random, expected) => {
    expect(admit(returning, T + ms, random)).toBe(expected);
  });

  test("two failures in a row open it again, one does not", () => {
    const once = observe(returning, FAILED, T + 1_000, rules);
    expect(once).toEqual({ ...returning, inARow: 1 });
    expect(observe(once, FAILED, T + 2_000, rules)).toEqual(opened("probe_failed"));
    expect(observe(once, GOOD, T + 2_000, rules)).toEqual(returning);
  });

  test("is full traffic 30 s after the good probe", () => {
    expect(observe(returning, GOOD, T + 29_999, rules)).toEqual(returning);
    expect(observe(returning, GOOD, T + 30_000, rules)).toEqual(CLOSED);
  });
});

describe("a circuit that calls without an answer opened", () => {
  const DEAD: Circuit = { kind: "open", since: T, why: "failures_in_a_row", probeAt: T + 10_000 };
  const SURE = calls({ failures: 1, failuresInARow: 1, sure: 1 });
  const settled = (circuit: Circuit, ...found: boolean[]) => found.reduce(doubtSettled, circuit);

  test("is only slow once two of them were found at the provider", () => {
    expect(isOnlySlow(DEAD)).toBe(false);
    expect(isOnlySlow(settled(DEAD, true))).toBe(false);
    expect(isOnlySlow(settled(DEAD, true, false, true))).toBe(false);
    expect(isOnlySlow(settled(DEAD, true, true))).toBe(true);
  });

  test("is no longer only slow when three in a row took nothing", () => {
    expect(isOnlySlow(settled(OPEN, false, false))).toBe(true);
    expect(isOnlySlow(settled(OPEN, false, false, true, false, false))).toBe(true);
    expect(settled(OPEN, false, false, false)).toEqual(opened("failures_in_a_row"));
    expect(isOnlySlow(after(many(3, SURE), 10, OPEN))).toBe(false);
    expect(isOnlySlow(after(many(9, FAILED), 10, OPEN))).toBe(true);
  });

  test("stays open either way, and is probed as before", () => {
    const slow = settled(DEAD, true, true, true, true);
    expect([slow.kind, admit(slow, T), admit(slow, T + 10_000)]).toEqual(["open", "stop", "probe"]);
  });

  test("has its fault whatever is found, when the account has one", () => {
    const fault = openAtOnce(CLOSED, T, rules);
    expect(settled(fault, true, true, true)).toEqual(fault);
  });

  test("was slow while it returns, and is slow again when calls stay without an answer", () => {
    const returning = probed(OPEN, true, T, rules);
    expect([isOnlySlow(returning), isOnlySlow(probed(DEAD, true, T, rules))]).toEqual([true, false]);
    expect(after(many(2, FAILED), 10, returning)).toEqual(opened("slow"));
    expect(after(many(2, SURE), 10, returning)).toEqual(opened("probe_failed"));
    expect(after(many(2, FAILED), 10, probed(DEAD, true, T, rules))).toEqual(opened("probe_failed"));
  });

  test("has nothing to settle while it is closed", () => {
    expect(settled(CLOSED, false, false, false, true, true)).toEqual(CLOSED);
    expect(isOnlySlow(CLOSED)).toBe(false);
  });
});
