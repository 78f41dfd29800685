import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Evidence, QUIET, quietRules, type Reporting, SPEAKING, weigh } from "../../src/core/quiet.ts";
import { aRoute, testRules } from "../support/build.ts";
import { seededRandom } from "../support/chaos.ts";

const rules = testRules();
const START = 1_700_000_000_000;

const aFigure = fc
  .record({
    silenceMs: fc.integer({ min: 1_000, max: 600_000 }),
    canReadStatus: fc.boolean(),
    reports: fc.constantFrom("push" as const, "both" as const),
  })
  .map((route) => quietRules(aRoute({ id: "r", ...route }), rules)!);

const evidence = fc.record({
  agoMs: fc.integer({ min: -60_000, max: 200_000 }),
  kind: fc.constantFrom("heard" as const, "late" as const, "late_heard" as const),
});
const step = fc.record({
  afterMs: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 700_000 })),
  seen: fc.array(evidence, { maxLength: 15 }),
});

type Seen = Evidence & { at: number };

/** Every state with the one before it, its instant and all evidence so far. */
function always(
  holds: (before: Reporting, after: Reporting, now: number, seen: readonly Seen[]) => void,
): void {
  fc.assert(
    fc.property(aFigure, fc.array(step, { maxLength: 40 }), (figures, steps) => {
      let [now, state]: [number, Reporting] = [START, SPEAKING];
      const all: Seen[] = [];
      for (const { afterMs, seen } of steps) {
        now += afterMs;
        const fresh = seen.map(({ agoMs, kind }) => ({ acceptedAt: now - agoMs, kind }));
        all.push(...fresh.map((e) => ({ ...e, at: now })));
        const after = weigh(state, fresh, now, figures);
        holds(state, after, now, all);
        state = after;
      }
    }),
  );
}

const sum = ({ cohorts }: Reporting) =>
  cohorts.reduce((all, c) => ({ heard: all.heard + c.heard, late: all.late + c.late }), {
    heard: 0,
    late: 0,
  });

describe("the reports of a route, whatever is observed", () => {
  test("are found missing only by enough messages of which enough were late", () => {
    always((before, after, _, seen) => {
      if (before.kind === "quiet" || after.kind === "speaking") return;
      const { heard, late } = sum(after);
      expect(heard + late).toBeGreaterThanOrEqual(QUIET.minMessages);
      expect(late).toBeGreaterThanOrEqual(QUIET.minMessages * QUIET.lateShare);
      expect(seen.filter((e) => e.kind === "late").length).toBeGreaterThanOrEqual(late);
    });
  });

  test("are believed again only after some that came, or a long time without a late one", () => {
    always((before, after, now, seen) => {
      if (before.kind === "speaking" || after.kind === "quiet") return;
      const heard = seen.filter((e) => e.kind !== "late" && e.at >= before.since).length;
      const isForgotten = now - before.lateAt >= QUIET.forgetMs;
      expect(heard >= QUIET.heardInARow || isForgotten).toBe(true);
    });
  });

  test("are counted by time, in few cohorts, none of the future and none below zero", () => {
    always((before, after, now) => {
      const instants = after.cohorts.map((c) => c.at);
      expect(instants).toEqual([...new Set(instants)].toSorted((a, b) => a - b));
      expect(instants.every((at) => at <= now)).toBe(true);
      expect(after.cohorts.every((c) => c.heard >= 0 && c.late >= 0)).toBe(true);
      expect(after.cohorts.length).toBeLessThanOrEqual(160);
      if (after.kind === "quiet") expect(after.since).toBeLessThanOrEqual(now);
      if (before.kind === "quiet" && after.kind === "quiet") {
        expect(after.since).toBe(before.since);
        expect(after.lateAt).toBeGreaterThanOrEqual(before.lateAt);
      }
    });
  });

  test("weighed twice at one instant give the same answer", () => {
    fc.assert(
      fc.property(aFigure, fc.array(evidence, { maxLength: 60 }), fc.nat(100_000), (figures, seen, ms) => {
        const now = START + ms;
        const once = weigh(
          SPEAKING,
          seen.map(({ agoMs, kind }) => ({ acceptedAt: START - agoMs, kind })),
          now,
          figures,
        );
        expect(weigh(once, [], now, figures).kind).toBe(once.kind);
      }),
    );
  });
});

test("a network of which 15 % is late stays the first for 99 % of an hour of 3 codes a second", () => {
  const figures = quietRules(aRoute({ id: "r", canReadStatus: true }), rules)!;
  const random = seededRandom(1);
  let state: Reporting = SPEAKING;
  let quietMs = 0;
  for (let ms = 0; ms < 3_600_000; ms += 333) {
    const kind = random() < 0.15 ? "late" : "heard";
    state = weigh(state, [{ acceptedAt: START + ms, kind }], START + ms, figures);
    if (state.kind === "quiet") quietMs += 333;
  }
  expect(quietMs / 3_600_000).toBeLessThan(0.01);
});
