import { describe, expect, test } from "vitest";
import { DRILLS, drillNamed } from "../../../src/drill/catalogue.ts";
import { columnName } from "../../../src/drill/conduct.ts";
import type { Drill } from "../../../src/drill/drill.ts";
import { createFaults } from "../../../src/twins/faults.ts";

const each = DRILLS.map((drill) => [drill.name, drill] as const);

function columnsOf(drill: Drill, short: boolean): string[] {
  const groups = [...new Set(drill.plan({ short, seed: 1 }).arrivals.map(({ who }) => who))];
  return drill.runs.flatMap((run) =>
    groups.map((who) => columnName(run, who, { groups: groups.length, runs: drill.runs.length })),
  );
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
    const { phases, arrivals, settleMs } = drill.plan({ short, seed: 1 });
    expect(phases[0]!.atMs).toBe(0);
    for (const { seven = {}, telegram = {} } of [...phases, ...drill.runs.map((run) => run.faults ?? {})]) {
      expect(() => [createFaults(seven), createFaults(telegram)]).not.toThrow();
    }
    const times = arrivals.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const lastMs = times.at(-1)!;
    if (short) expect(lastMs + settleMs).toBeLessThanOrEqual(90_000);
  });

  test("asks for other numbers with another seed, and for the same ones with the same", () => {
    const numbers = (seed: number) => drill.plan({ short: true, seed }).arrivals.map(({ to }) => to);
    expect(numbers(1)).toEqual(numbers(1));
    expect(numbers(1)).not.toEqual(numbers(2));
  });
});

test("a drill that is not there is refused with the list", () => {
  expect(() => drillNamed("nonsense")).toThrow(/there are doubt, reports, blackout/);
});
