import { describe, expect, test } from "vitest";
import { DRILLS, drillNamed } from "../../../src/drill/catalogue.ts";
import { columnName } from "../../../src/drill/conduct.ts";
import type { Drill, Plan, Run } from "../../../src/drill/drill.ts";
import { createFaults } from "../../../src/twins/faults.ts";

const each = DRILLS.map((drill) => [drill.name, drill] as const);

/** Made once: a full storm is many thousand requests. */
const plans = new Map<string, Plan>();

function planOf(drill: Drill, run: Run, short: boolean): Plan {
  const key = `${drill.name} ${run.name} ${short}`;
  const plan = plans.get(key) ?? drill.plan({ short, seed: 1, run });
  plans.set(key, plan);
  return plan;
}

function columnsOf(drill: Drill, short: boolean): string[] {
  return drill.runs.flatMap((run) => {
    const groups = [...new Set(planOf(drill, run, short).arrivals.map(({ who }) => who))];
    return groups.map((who) => columnName(run, who, { groups: groups.length, runs: drill.runs.length }));
  });
}

/** From the first request to the last moment at which a run still waits for an end. */
function longestMs(drill: Drill, short: boolean): number[] {
  return drill.runs.map((run) => {
    const { arrivals, settleMs } = planOf(drill, run, short);
    return arrivals.at(-1)!.atMs + settleMs;
  });
}

describe.each(each)("%s", (_name, drill) => {
  test("promises only things about columns that its full run has", () => {
    const columns = columnsOf(drill, false);
    for (const { columns: bound = [], bound: limit } of drill.promises) {
      expect(columns).toEqual(expect.arrayContaining([...bound]));
      if ("aboveColumn" in limit) expect(columns).toContain(limit.aboveColumn);
    }
    expect(drill.promises.length).toBeGreaterThanOrEqual(5);
  });

  test.each([true, false])("has scripts that the twins take and requests in order (short: %s)", (short) => {
    for (const run of drill.runs) {
      const { phases, arrivals } = planOf(drill, run, short);
      expect(phases[0]!.atMs).toBe(0);
      for (const { seven = {}, telegram = {}, gatewayapi = {} } of [...phases, run.faults ?? {}]) {
        expect(() => [seven, telegram, gatewayapi].map(createFaults)).not.toThrow();
      }
      const times = arrivals.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
    if (short) expect(Math.max(...longestMs(drill, short))).toBeLessThanOrEqual(90_000);
  });

  test("says how long its full run may take, starts included", () => {
    const minutes = longestMs(drill, false).reduce((sum, ms) => sum + ms + 10_000, 0) / 60_000;
    expect(drill.longestMin).toBeGreaterThanOrEqual(minutes);
    expect(drill.longestMin).toBeLessThanOrEqual(minutes + 1.5);
  });

  test("asks for other numbers with another seed, and for the same ones with the same", () => {
    const [run] = drill.runs;
    const numbers = (seed: number) =>
      drill.plan({ short: true, seed, run: run! }).arrivals.map(({ to }) => to);
    expect(numbers(1)).toEqual(numbers(1));
    expect(numbers(1)).not.toEqual(numbers(2));
  });
});

test("a drill that is not there is refused with the list", () => {
  expect(() => drillNamed("nonsense")).toThrow(/there are doubt, reports, blackout/);
});

describe.each(["storm", "brownout", "blackout"])("%s", (name) => {
  test("runs with Telegram for few, for all, and with a second SMS provider", () => {
    const runs = drillNamed(name).runs.slice(0, 3);
    expect(runs.map((run) => [run.name, run.faults?.telegram?.reach, run.secondSms ?? false])).toEqual([
      ["Telegram for 16 %", 0.16, false],
      ["Telegram for all", 1, false],
      ["16 % + second SMS", 0.16, true],
    ]);
  });
});

test("brownout runs with reports that are sent and with reports that are asked for", () => {
  expect(drillNamed("brownout").runs.map(({ reports }) => reports)).toEqual([
    undefined,
    undefined,
    undefined,
    "poll",
  ]);
});
