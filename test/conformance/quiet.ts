import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Evidence } from "../../src/core/quiet.ts";
import type { Rules } from "../../src/core/rules.ts";
import type { QuietRoutes } from "../../src/flows/health-port.ts";
import { aRoute, testRules } from "../support/build.ts";
import { eventually } from "../support/eventually.ts";

export type QuietHarness = {
  quiet: QuietRoutes & { isQuiet: (route: string) => boolean };
  now: () => number;
  /** Moves the clock. */
  pass: (ms: number) => void;
  close: () => Promise<void>;
};

export const QUIET_TEST_RULES: Rules = testRules({
  routes: [
    aRoute({ id: "seven-sms", canReadStatus: true }),
    aRoute({ id: "second-sms", canReadStatus: true }),
    aRoute({ id: "sandbox", silenceMs: undefined }),
  ],
});

/** What is promised to the flows, wherever the states are kept. A promise holds within a second. */
export function quietConformance(name: string, open: () => QuietHarness): void {
  describe(`the ${name} quiet routes`, () => {
    let harness: QuietHarness;
    beforeEach(() => {
      harness = open();
    });
    afterEach(() => harness.close());

    const see = (route: string, kind: Evidence["kind"], times: number) => {
      for (let i = 0; i < times; i++) harness.quiet.observe(route, { acceptedAt: harness.now(), kind });
    };
    const says = (route: string, expected: boolean) =>
      eventually(() => expect(harness.quiet.isQuiet(route)).toBe(expected), { timeoutMs: 1_000 });

    test("speak at first", () => {
      expect(["seven-sms", "second-sms", "sandbox"].filter(harness.quiet.isQuiet)).toEqual([]);
    });

    test("are noticed once their messages are old enough, and no other one is", async () => {
      see("seven-sms", "late", 10);
      see("second-sms", "heard", 10);
      harness.pass(14_000);
      await says("seven-sms", true);
      expect(harness.quiet.isQuiet("second-sms")).toBe(false);
    });

    test("speak again after five reported messages", async () => {
      see("seven-sms", "late", 10);
      harness.pass(14_000);
      await says("seven-sms", true);
      harness.pass(2_000);
      see("seven-sms", "heard", 5);
      harness.pass(14_000);
      await says("seven-sms", false);
    });

    test("are forgotten after ten minutes without a late message", async () => {
      see("seven-sms", "late", 10);
      harness.pass(14_000);
      await says("seven-sms", true);
      harness.pass(600_001);
      await says("seven-sms", false);
    });

    test("never are routes that report nothing", async () => {
      see("sandbox", "late", 30);
      see("seven-sms", "late", 10);
      harness.pass(14_000);
      await says("seven-sms", true);
      expect(harness.quiet.isQuiet("sandbox")).toBe(false);
    });
  });
}
