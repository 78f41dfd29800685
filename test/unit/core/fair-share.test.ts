import { describe, expect, test } from "vitest";
import {
  HEAD_START,
  nextTag,
  ON_THEIR_WAY_MAX,
  PRIORITY_MAX,
  priorityOf,
  tagOf,
  TURN_CLASSES,
  turnClass,
} from "../../../src/core/fair-share.ts";

describe("a class", () => {
  test.each([
    ["login", 1, "login"],
    ["enrolment", 1, "enrolment"],
    ["login", 2, "login again"],
    ["test", 4, "test again"],
  ] as const)("of %s, attempt %d, is %s", (purpose, attempt, turn) => {
    expect(turnClass(purpose, attempt)).toBe(turn);
  });

  test("goes before the next one of the same turn, and not before one that has waited its head start", () => {
    const priorities = TURN_CLASSES.map((turn) => priorityOf(100, turn));
    expect(priorities).toEqual(priorities.toSorted((a, b) => a - b));
    expect(priorityOf(100 + HEAD_START + 1, "login")).toBeGreaterThan(priorityOf(100, "enrolment"));
  });
});

describe("a tag", () => {
  test.each([
    ["the first of all", { now: 0, last: -1, waiting: 0 }, 0],
    ["one that was silent", { now: 40, last: 3, waiting: 9 }, 40],
    ["one behind its own", { now: 40, last: 90, waiting: 60 }, 91],
    ["what left the lane unsent", { now: 40, last: 9_000, waiting: 5 }, 45 + ON_THEIR_WAY_MAX],
  ])("of %s", (_, lane, tag) => {
    expect(nextTag(lane)).toBe(tag);
  });

  test("is read back from the priority, and beyond the range all are equal", () => {
    for (const turn of TURN_CLASSES) expect(tagOf(priorityOf(77, turn), turn)).toBe(77);
    expect(priorityOf(PRIORITY_MAX, "login")).toBe(PRIORITY_MAX);
    expect(priorityOf(9 * PRIORITY_MAX, "test again")).toBe(PRIORITY_MAX);
  });
});
