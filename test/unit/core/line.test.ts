import { describe, expect, test } from "vitest";
import { type Line, startsAhead } from "../../../src/core/line.ts";

const ahead = (line: Partial<Line>) => startsAhead({ first: 0, own: 0, others: [], perSecond: 10, ...line });
const FOUR_COMING = Array.from({ length: 4 }, () => ({ waiting: 0, perSecond: 1.6 }));

describe("before one more message of a client start", () => {
  test.each([
    ["nobody where nobody waits", {}, 0],
    ["its own, and what has no turn", { own: 30, first: 4 }, 34],
    ["as many of the others as it has turns", { own: 3, others: [{ waiting: 500, perSecond: 0 }] }, 7],
    ["all of the others where they are fewer", { own: 500, others: [{ waiting: 3, perSecond: 0 }] }, 503],
    [
      "one of each where it has none",
      {
        others: [
          { waiting: 500, perSecond: 80 },
          { waiting: 3, perSecond: 0 },
        ],
      },
      2,
    ],
    ["no more of a flood than its turns", { own: 5, others: [{ waiting: 0, perSecond: 1_000 }] }, 11],
  ])("%s", (_, line, starts) => {
    expect(ahead(line)).toBeCloseTo(starts, 6);
  });

  test("those who come meanwhile, too, and as many more as may come by chance", () => {
    // 10 per second, of which 6.4 are taken by others: 20 of its own last 5.6 s at least.
    const starts = ahead({ own: 20, others: FOUR_COMING });
    expect(starts).toBeGreaterThan(20 / 0.36);
    expect(starts).toBeLessThanOrEqual(20 + 4 * 21);
  });

  test("more, the more wait, and never more than all turns of all", () => {
    let before = -1;
    for (let own = 0; own < 400; own += 7) {
      const starts = ahead({ own, others: FOUR_COMING });
      expect(starts).toBeGreaterThan(before);
      expect(starts).toBeLessThanOrEqual(own + 4 * (own + 1));
      before = starts;
    }
  });

  test("all turns of all where others alone come faster than the lane sends", () => {
    const others = Array.from({ length: 40 }, () => ({ waiting: 0, perSecond: 1 }));
    expect(ahead({ own: 9, others })).toBe(9 + 40 * 10);
  });
});
