import fc from "fast-check";
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
} from "../../src/core/circuit.ts";

const rules = CIRCUIT_RULES;
const aSeen: fc.Arbitrary<Observed> = fc
  .tuple(fc.integer({ min: 1, max: 30 }), fc.nat(30), fc.nat(30), fc.nat(30), fc.nat(30))
  .map(([calls, failures, slow, row, sure]) => {
    const failed = Math.min(calls, failures);
    return {
      calls,
      failures: failed,
      slow: Math.min(calls, slow),
      failuresInARow: failed === calls ? calls : Math.min(failed, row),
      sure: Math.min(failed, sure),
    };
  });

type Step =
  | { kind: "observe"; seen: Observed; afterMs: number }
  | { kind: "fault" | "probe good" | "probe bad" | "found" | "not found"; afterMs: number };

const afterMs = fc.oneof(fc.nat(3_000), fc.nat(40_000));
const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("observe" as const), seen: aSeen, afterMs }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("fault", "probe good", "probe bad", "found", "not found"),
      afterMs,
    }),
  },
);
const steps = fc.array(aStep, { maxLength: 60 });

function stepped(circuit: Circuit, step: Step, now: number): Circuit {
  switch (step.kind) {
    case "observe":
      return observe(circuit, step.seen, now, rules);
    case "fault":
      return openAtOnce(circuit, now, rules);
    case "probe good":
      return probed(circuit, true, now, rules);
    case "probe bad":
      return probed(circuit, false, now, rules);
    case "found":
    case "not found":
      return doubtSettled(circuit, step.kind === "found");
  }
}

/** Every state with the one before it, the step between them and its instant. */
function always(holds: (before: Circuit, step: Step, after: Circuit, now: number) => void): void {
  fc.assert(
    fc.property(steps, (all) => {
      let now = 1_700_000_000_000;
      let circuit = CLOSED;
      for (const step of all) {
        now += step.afterMs;
        const after = stepped(circuit, step, now);
        holds(circuit, step, after, now);
        circuit = after;
      }
    }),
  );
}

describe("a circuit, whatever is observed", () => {
  test("never admits a call while it is open, but for the probe from its instant on", () => {
    always((_, __, after, now) => {
      if (after.kind !== "open") return;
      for (const random of [0, 0.5, 0.999]) {
        const said = admission(after, now, rules, () => random);
        expect(said).toBe(now >= after.probeAt ? "probe" : "stop");
      }
      expect(admission(after, after.probeAt - 1, rules, () => 0)).toBe("stop");
    });
  });

  test("leaves the open state by a good probe only, and closes only by way of the slow return", () => {
    always((before, step, after) => {
      if (before.kind === "open" && after.kind !== "open") {
        expect([step.kind, after.kind]).toEqual(["probe good", "returning"]);
      }
      if (before.kind === "returning" && after.kind === "closed") expect(step.kind).toBe("observe");
    });
  });

  test("asks for a probe at most every 10 s, and always again", () => {
    always((_, __, after, now) => {
      if (after.kind !== "open") return;
      expect(after.probeAt - after.since).toBeGreaterThanOrEqual(rules.probeEveryMs);
      expect(after.probeAt - now).toBeLessThanOrEqual(rules.probeEveryMs);
    });
  });

  test("is only slow by its own account of it, and never for a fault of the account", () => {
    always((before, step, after) => {
      if (after.kind === "open" && after.why === "account_fault") expect(isOnlySlow(after)).toBe(false);
      if (step.kind === "found" || isOnlySlow(before) || after.kind !== "open") return;
      expect(isOnlySlow(after)).toBe(after.why === "slow" && before.kind === "closed");
    });
  });

  test("stays small", () => {
    always((_, __, after) => {
      if (after.kind === "closed") expect(after.buckets.length).toBeLessThanOrEqual(11);
    });
  });

  test("is closed again by good calls alone, once probed", () => {
    fc.assert(
      fc.property(steps, (all) => {
        let now = 1_700_000_000_000;
        const good = { calls: 1, failures: 0, slow: 0, failuresInARow: 0, sure: 0 };
        let circuit = all.reduce<Circuit>((c, step) => stepped(c, step, (now += step.afterMs)), CLOSED);
        circuit = probed(circuit, true, (now += 10_000), rules);
        circuit = observe(circuit, good, (now += 31_000), rules);
        expect(circuit.kind).toBe("closed");
      }),
    );
  });
});
