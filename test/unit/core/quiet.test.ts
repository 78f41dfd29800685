import { describe, expect, test } from "vitest";
import { type Evidence, quietRules, type Reporting, SPEAKING, weigh } from "../../../src/core/quiet.ts";
import { aRoute, testRules } from "../../support/build.ts";

const T = 1_700_000_000_000;
const RIPE = 12_500;
const rules = testRules();
const push = aRoute({ id: "seven-sms", canReadStatus: true });
const figures = quietRules(push, rules)!;

const at = (second: number, ...kinds: Evidence["kind"][]): Evidence[] =>
  kinds.map((kind) => ({ acceptedAt: T + second * 1_000, kind }));
const many = (kind: Evidence["kind"], count: number, second = 0) =>
  at(second, ...Array.from({ length: count }, () => kind));
const after = (evidence: Evidence[], now = T + 30_000, before: Reporting = SPEAKING) =>
  weigh(before, evidence, now, figures);
const QUIET_SINCE: Reporting = { kind: "quiet", since: T, lateAt: T, cohorts: [] };

describe("a route goes quiet", () => {
  test.each([
    ["half of ten messages are late", many("late", 5), many("heard", 5), "quiet"],
    ["fewer than half are", many("late", 4), many("heard", 6), "speaking"],
    ["there are too few messages", many("late", 9), [], "speaking"],
    ["all of them are reported", [], many("heard", 100), "speaking"],
  ])("or not when %s", (_, late, heard, kind) => {
    expect(after([...late, ...heard]).kind).toBe(kind);
  });

  test("only by messages that are old enough to have been looked at", () => {
    expect(after(many("late", 10), T + RIPE - 1).kind).toBe("speaking");
    expect(after(many("late", 10), T + RIPE).kind).toBe("quiet");
  });

  test("without new evidence, as soon as what was seen is old enough", () => {
    const seen = after(many("late", 10), T + 1_000);
    expect(after([], T + RIPE, seen).kind).toBe("quiet");
  });

  test("by its newest messages, however many good ones came before", () => {
    const good = many("heard", 200);
    expect(after([...good, ...many("late", 12, 2), ...many("heard", 8, 2)]).kind).toBe("quiet");
    expect(after([...many("late", 200), ...many("heard", 20, 2)]).kind).toBe("speaking");
  });

  test("not by what is older than a minute", () => {
    const now = T + 60_000 + RIPE;
    expect(after(many("late", 10), now).kind).toBe("quiet");
    expect(after(many("late", 10), now + 1).kind).toBe("speaking");
  });

  test("not by messages whose report came in time after all", () => {
    const late = after(many("late", 10), T + 12_000);
    const corrected = after(many("late_heard", 6), T + 12_100, late);
    expect(after([], T + 30_000, corrected)).toMatchObject({
      kind: "speaking",
      cohorts: [{ heard: 6, late: 4 }],
    });
  });
});

describe("a quiet route", () => {
  test.each([
    ["speaks again after five reported messages in a row", many("heard", 5, 1), "speaking"],
    ["not after four", many("heard", 4, 1), "quiet"],
    ["not where one among them was late", [...many("heard", 4, 1), ...many("late", 1, 1)], "quiet"],
    ["where the late one is older than they", [...many("late", 3, 1), ...many("heard", 5, 2)], "speaking"],
    ["not after reports of messages that were taken before", many("heard", 50, -1), "quiet"],
  ])("%s", (_, evidence, kind) => {
    expect(after(evidence, T + 30_000, QUIET_SINCE).kind).toBe(kind);
  });

  test("speaks again once no message was late for ten minutes", () => {
    const late = after(many("late", 1, 60), T + 75_000, QUIET_SINCE);
    expect(after([], T + 659_999, late).kind).toBe("quiet");
    expect(after([], T + 660_000, late).kind).toBe("speaking");
    expect(after([], T + 600_000, QUIET_SINCE).kind).toBe("speaking");
  });

  test("is judged anew when it speaks: what was late before does not silence it again", () => {
    const quiet = after(many("late", 40), T + 30_000);
    const speaking = after(many("heard", 5, 31), T + 60_000, quiet);
    expect(speaking.kind).toBe("speaking");
    expect(after(many("late", 9, 0), T + 60_001, speaking).kind).toBe("speaking");
  });

  test("takes nothing from a clock that runs ahead", () => {
    expect(after(many("heard", 20, 3_600), T + 20_000, QUIET_SINCE).kind).toBe("quiet");
  });
});

test("nothing new is the same state, so that nothing is written", () => {
  for (const state of [SPEAKING, QUIET_SINCE]) expect(after([], T + 1, state)).toBe(state);
});

test.each([
  [{}, { cohortMs: 1_000, windowMs: 60_000, ripeMs: 12_500 }],
  [{ reports: "poll" as const }, { ripeMs: 12_500 }],
  [{ canReadStatus: false }, { ripeMs: 32_500 }],
  [{ silenceMs: 15_000 }, { cohortMs: 500, windowMs: 30_000, ripeMs: 7_000 }],
])("evidence is as old as the route's looks: %j", (changes, expected) => {
  expect(quietRules({ ...push, ...changes }, rules)).toMatchObject(expected);
});

test.each([{ silenceMs: undefined }, { reports: "poll" as const, canReadStatus: false }])(
  "a route whose reports cannot reach us cannot go quiet: %j",
  (changes) => {
    expect(quietRules({ ...push, ...changes }, rules)).toBeUndefined();
  },
);
