import { describe, expect, test } from "vitest";
import { headline } from "../../../../src/demo/race/headline.ts";
import { racePlan } from "../../../../src/demo/race/plan.ts";
import { createFaults } from "../../../../src/twins/faults.ts";

const plan = racePlan({ seed: 1, seconds: 60 });

describe("the plan of a race", () => {
  test("gives both sides the same people at the same instants", () => {
    const of = (side: string) =>
      plan.arrivals
        .filter(({ via }) => via === side)
        .map(({ to, code, atMs }) => `${to.slice(-8)} ${code} ${atMs}`);
    expect(of("direct")).toEqual(of("otpost"));
    expect(new Set(of("otpost")).size).toBe(300);
    expect(new Set(plan.arrivals.map(({ to }) => to)).size).toBe(600);
  });

  test("is the same for the same seed, another for another", () => {
    expect(racePlan({ seed: 1, seconds: 60 })).toEqual(plan);
    expect(racePlan({ seed: 2, seconds: 60 }).arrivals[0]).not.toEqual(plan.arrivals[0]);
  });

  test.each([10, 60, 600])(
    "over %i s goes from well to dark and back, in scripts that twins take",
    (seconds) => {
      const { phases, forMs } = racePlan({ seed: 1, seconds });
      const begins = phases.map(({ atMs }) => atMs);
      expect(begins).toEqual(begins.toSorted((a, b) => a - b));
      expect(begins[0]).toBe(0);
      expect(begins.at(-1)).toBeLessThan(forMs);
      for (const { seven, telegram } of phases) {
        expect(() => createFaults({ ...seven })).not.toThrow();
        expect(() => createFaults({ ...telegram })).not.toThrow();
      }
      // A script only changes what it names: what one stretch breaks the next one must mend.
      const named = phases.flatMap(({ seven }) => Object.keys(seven ?? {}));
      const always = Object.keys(phases[0]!.seven!);
      const left = new Set(named.filter((name) => !always.includes(name)));
      expect([...left].toSorted()).toEqual(["breakAccepted", "breakage"]);
    },
  );

  test("waits for silence no longer than a short race can show", () => {
    expect(plan.settings).toEqual({ SMS_SILENCE_MS: "8000" });
    expect(racePlan({ seed: 1, seconds: 10 })).toMatchObject({ silenceMs: 2_000, tailMs: 6_000 });
  });
});

describe("the headline", () => {
  test.each([
    [0, "seven is well"],
    [9_500, "seven slows down, its messages still arrive"],
    [15_000, "seven slows down, its messages still arrive; answers take 3.3 s"],
    [25_000, "60 % vanish: seven takes every message, most never arrive; answers take 8.0 s"],
    [40_000, "seven is dark: it takes the call and never answers"],
    [46_000, "seven is dark: it answers every call with an error"],
    [52_000, "seven is well again"],
    [60_000, "nobody new comes, the last ones wait; seven is well again"],
  ])("after %i ms: %s", (atMs, says) => {
    expect(headline(plan, atMs)).toBe(says);
  });
});
