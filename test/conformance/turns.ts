import { describe, expect, test } from "vitest";
import type { RecordReads } from "../../src/core/rules.ts";
import type { Turns } from "../../src/flows/turns-port.ts";

/** What adapters rely on when they read records. `start` makes workers that share the turns of one account. */
export function turnsSuite(name: string, start: (reads: RecordReads, workers: number) => Turns[]): void {
  describe(`turns of ${name}`, () => {
    test("are an interval apart over all that share them, and the first comes at once", async () => {
      const workers = start({ everyMs: 1_000, withinMs: 60_000 }, 2);
      const waits: number[] = [];
      for (let n = 0; n < 6; n += 1) waits.push((await workers[n % workers.length]!.take()) ?? -1);
      expect(waits[0]).toBe(0);
      for (const [n, wait] of waits.entries()) {
        expect(wait).toBeGreaterThan(n * 1_000 - 500);
        expect(wait).toBeLessThanOrEqual(n * 1_000);
      }
    });

    test("that would come too late are refused and left to others", async () => {
      const [one] = start({ everyMs: 1_000, withinMs: 2_500 }, 1);
      const waits = [];
      for (let n = 0; n < 6; n += 1) waits.push(await one!.take());
      expect(waits.map((wait) => wait !== undefined)).toEqual([true, true, true, false, false, false]);
    });

    test("say what they are", () => {
      const [one] = start({ everyMs: 7, withinMs: 8 }, 1);
      expect(one).toMatchObject({ everyMs: 7, withinMs: 8 });
    });

    test("bring nothing before the first one", async () => {
      expect(await start({ everyMs: 1, withinMs: 1_000 }, 1)[0]!.left()).toBeUndefined();
    });
  });
}
