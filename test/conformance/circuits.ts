import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SendOutcome } from "../../src/core/outcome.ts";
import { type Rules } from "../../src/core/rules.ts";
import type { Circuits } from "../../src/flows/ports.ts";
import { aRoute, testRules } from "../support/build.ts";
import { eventually } from "../support/eventually.ts";

export type CircuitsHarness = {
  circuits: Circuits & { isOpen: (route: string) => boolean };
  /** What an operator says of a route; known to everybody within a second. */
  say: (route: string, kind: "stopped" | "forced" | "auto", forMs?: number) => Promise<void>;
  /** Moves the clock of the circuits. */
  pass: (ms: number) => void;
  close: () => Promise<void>;
};

export const CIRCUIT_TEST_RULES: Rules = testRules({
  routes: [
    aRoute({ id: "seven-sms", account: "seven" }),
    aRoute({ id: "seven-voice", account: "seven" }),
    aRoute({ id: "second-sms" }),
  ],
});

const AWAY: SendOutcome = { kind: "unavailable", reason: "connect" };
const TAKEN: SendOutcome = { kind: "accepted", providerMessageId: "m" };

/** What circuits promise to the flows, wherever their state is kept. A promise holds within a second. */
export function circuitsConformance(name: string, open: () => CircuitsHarness): void {
  describe(`the ${name} circuits`, () => {
    let harness: CircuitsHarness;
    let circuits: CircuitsHarness["circuits"];
    beforeEach(() => {
      harness = open();
      circuits = harness.circuits;
    });
    afterEach(() => harness.close());

    const see = async (route: string, outcome: SendOutcome, times = 1, isProbe = false) => {
      for (let i = 0; i < times; i++) await circuits.observe(route, outcome, 50, isProbe);
    };
    const admitted = (route: string, expected: string) =>
      eventually(() => expect(circuits.admission(route)).toBe(expected), { timeoutMs: 1_000 });

    test("admit every call at first", () => {
      expect(["seven-sms", "seven-voice", "second-sms"].map(circuits.admission)).toEqual(["go", "go", "go"]);
    });

    test("stop a route after five failures in a row, and no other", async () => {
      await see("seven-sms", AWAY, 5);
      await admitted("seven-sms", "stop");
      expect(circuits.isOpen("seven-sms")).toBe(true);
      expect(circuits.admission("seven-voice")).toBe("go");
      expect(circuits.admission("second-sms")).toBe("go");
    });

    test("take a refused recipient for no failure", async () => {
      await see("seven-sms", { kind: "refused", reason: "recipient_invalid" }, 30);
      await see("second-sms", AWAY, 5);
      await admitted("second-sms", "stop");
      expect(circuits.admission("seven-sms")).toBe("go");
    });

    test.each(["account_credit", "account_auth", "account_rights"] as const)(
      "stop every route of an account at once on %s",
      async (reason) => {
        await see("seven-sms", { kind: "refused", reason });
        expect(["seven-sms", "seven-voice"].map(circuits.admission)).toEqual(["stop", "stop"]);
        expect(circuits.admission("second-sms")).toBe("go");
      },
    );

    test("give one probe away every 10 s, and come back slowly after a good one", async () => {
      await see("seven-sms", AWAY, 5);
      await admitted("seven-sms", "stop");
      harness.pass(10_001);
      await admitted("seven-sms", "probe");
      const won = await Promise.all(Array.from({ length: 20 }, () => circuits.tryProbe("seven-sms")));
      expect(won.filter(Boolean)).toHaveLength(1);
      await see("seven-sms", TAKEN, 1, true);
      await eventually(() => expect(circuits.isOpen("seven-sms")).toBe(false), { timeoutMs: 1_000 });
      const said = Array.from({ length: 400 }, () => circuits.admission("seven-sms"));
      const share = said.filter((a) => a === "go").length / said.length;
      expect(share).toBeGreaterThan(0.02);
      expect(share).toBeLessThan(0.3);
      harness.pass(31_000);
      expect(Array.from({ length: 50 }, () => circuits.admission("seven-sms"))).not.toContain("stop");
    });

    test("have one new code start on an open route when its probe is due, and none before", async () => {
      expect(await circuits.tryStart("seven-sms")).toBe(false);
      await see("seven-sms", AWAY, 5);
      await admitted("seven-sms", "stop");
      expect(await circuits.tryStart("seven-sms")).toBe(false);
      harness.pass(10_001);
      await admitted("seven-sms", "probe");
      const won = await Promise.all(Array.from({ length: 20 }, () => circuits.tryStart("seven-sms")));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await circuits.tryProbe("seven-sms")).toBe(true);
    });

    test("have no code start on a stopped route", async () => {
      await see("seven-sms", AWAY, 5);
      await admitted("seven-sms", "stop");
      await harness.say("seven-sms", "stopped", 60_000);
      harness.pass(10_001);
      await eventually(async () => expect(await circuits.isStopped("seven-sms")).toBe(true), {
        timeoutMs: 1_000,
      });
      await eventually(() => expect(circuits.admission("seven-sms")).toBe("stop"), { timeoutMs: 1_000 });
      expect(await circuits.tryStart("seven-sms")).toBe(false);
    });

    test("stay open after a bad probe until the next turn", async () => {
      await see("seven-sms", AWAY, 5);
      await admitted("seven-sms", "stop");
      harness.pass(10_001);
      await see("seven-sms", AWAY, 1, true);
      await admitted("seven-sms", "stop");
      harness.pass(10_001);
      await admitted("seven-sms", "probe");
    });

    test("tell a route that is only slow from one that takes nothing, by what look-ups find", async () => {
      const timeout: SendOutcome = { kind: "uncertain", cause: "timeout" };
      await see("seven-sms", timeout, 5);
      await admitted("seven-sms", "stop");
      expect(circuits.isOnlySlow("seven-sms")).toBe(false);
      for (const found of [true, true]) await circuits.doubtSettled("seven-sms", found);
      expect([circuits.isOnlySlow("seven-sms"), circuits.isOpen("seven-sms")]).toEqual([true, true]);
      expect(circuits.isOnlySlow("second-sms")).toBe(false);
      await harness.say("seven-sms", "stopped", 60_000);
      await eventually(() => expect(circuits.isOnlySlow("seven-sms")).toBe(false), { timeoutMs: 1_000 });
      await harness.say("seven-sms", "auto");
      await eventually(() => expect(circuits.isOnlySlow("seven-sms")).toBe(true), { timeoutMs: 1_000 });
      for (const found of [false, false, false]) await circuits.doubtSettled("seven-sms", found);
      expect(circuits.isOnlySlow("seven-sms")).toBe(false);
    });

    test("do not call a slow route whose account has a fault", async () => {
      await see("seven-sms", { kind: "uncertain", cause: "timeout" }, 5);
      await admitted("seven-sms", "stop");
      for (const found of [true, true]) await circuits.doubtSettled("seven-sms", found);
      await see("seven-voice", { kind: "refused", reason: "account_credit" });
      expect(circuits.isOnlySlow("seven-sms")).toBe(false);
    });

    test("call a stopped route no more, and a forced one although it is open, until the word is over", async () => {
      await harness.say("second-sms", "stopped", 60_000);
      await admitted("second-sms", "stop");
      expect(circuits.isOpen("second-sms")).toBe(true);
      expect(await circuits.isStopped("second-sms")).toBe(true);
      expect(circuits.admission("seven-sms")).toBe("go");
      await see("seven-sms", AWAY, 5);
      await admitted("seven-sms", "stop");
      await harness.say("seven-sms", "forced", 5_000);
      await admitted("seven-sms", "go");
      expect([circuits.isOpen("seven-sms"), await circuits.isStopped("seven-sms")]).toEqual([false, false]);
      harness.pass(5_001);
      expect(circuits.admission("seven-sms")).toBe("stop");
      await harness.say("second-sms", "auto");
      await admitted("second-sms", "go");
      expect(await circuits.isStopped("second-sms")).toBe(false);
    });

    test("a stopped route runs again by itself when its time is over", async () => {
      await harness.say("second-sms", "stopped", 60_000);
      await admitted("second-sms", "stop");
      harness.pass(60_001);
      expect(circuits.admission("second-sms")).toBe("go");
      expect(await circuits.isStopped("second-sms")).toBe(false);
    });

    test("take a provider's wish for patience for no failure, and rest as long as it asks", async () => {
      const slow = { kind: "unavailable", reason: "throttled", retryAfterMs: 5_000 } as const;
      await see("seven-sms", slow, 10);
      expect(circuits.admission("seven-sms")).toBe("rest");
      expect(circuits.restMs("seven-sms")).toBeGreaterThan(4_000);
      expect(circuits.isOpen("seven-sms")).toBe(false);
      expect(circuits.admission("seven-voice")).toBe("go");
      harness.pass(5_001);
      expect([circuits.admission("seven-sms"), circuits.restMs("seven-sms")]).toEqual(["go", 0]);
    });

    test("count a route that rests for longer than a code may wait as open", async () => {
      await see("seven-sms", { kind: "unavailable", reason: "throttled", retryAfterMs: 20_000 });
      expect([circuits.admission("seven-sms"), circuits.isOpen("seven-sms")]).toEqual(["stop", true]);
      harness.pass(12_500);
      expect([circuits.admission("seven-sms"), circuits.isOpen("seven-sms")]).toEqual(["rest", false]);
    });

    test("let nobody force a route to call while its provider asks for patience", async () => {
      await see("seven-sms", { kind: "unavailable", reason: "throttled" });
      await harness.say("seven-sms", "forced");
      expect(circuits.admission("seven-sms")).toBe("rest");
      harness.pass(2_001);
      await admitted("seven-sms", "go");
    });

    test("have no probe to give where nothing is open", async () => {
      expect(await circuits.tryProbe("seven-sms")).toBe(false);
    });
  });
}
