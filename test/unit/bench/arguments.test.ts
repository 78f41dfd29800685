import { describe, expect, test } from "vitest";
import { parseArguments } from "../../../bench/arguments.ts";

const optionsOf = (...argv: string[]) => {
  const parsed = parseArguments(argv);
  if (parsed.kind === "exit") throw new Error(parsed.text);
  return parsed.options;
};

describe("arguments of the bench", () => {
  test("none: everything, five runs, tables", () =>
    expect(optionsOf()).toEqual({
      benches: ["intake", "deliver", "memory"],
      runs: 5,
      short: false,
      json: false,
      logLevel: "warn",
      profile: undefined,
    }));

  test("named benches run once each and in their own order", () =>
    expect(optionsOf("memory", "intake", "memory").benches).toEqual(["intake", "memory"]));

  test("a short run is made once unless more are asked for", () => {
    expect(optionsOf("--short").runs).toBe(1);
    expect(optionsOf("--short", "--runs", "6").runs).toBe(6);
  });

  test("the house only runs where it is named, with as many deliveries as asked for", () =>
    expect(optionsOf("house", "--deliveries", "20000")).toMatchObject({
      benches: ["house"],
      deliveries: 20_000,
    }));

  test("all options at once", () =>
    expect(optionsOf("deliver", "--runs", "9", "--json", "--log-level", "info", "--profile", "out")).toEqual({
      benches: ["deliver"],
      runs: 9,
      short: false,
      json: true,
      logLevel: "info",
      profile: "out",
    }));

  test("help names every bench and leaves with 0", () => {
    const parsed = parseArguments(["--help"]);
    expect(parsed).toMatchObject({ kind: "exit", code: 0 });
    expect(parsed.kind === "exit" && parsed.text).toMatch(
      /intake, deliver, memory[\s\S]*--runs[\s\S]*--json/,
    );
  });

  test.each([
    [["intakes"], "There are intake, deliver, memory, house"],
    [["--runs", "4"], "from 5 to 50"],
    [["--runs", "51"], "from 5 to 50"],
    [["--runs", "5.5"], "from 5 to 50"],
    [["--runs", "many"], "from 5 to 50"],
    [["--runs"], "argument missing"],
    [["--log-level", "loud"], "Allowed choices"],
    [["--deliveries", "999"], "from 1000 to 5000000"],
    [["--fast"], "unknown option"],
  ])("%j is refused with a reason and 2", (argv, reason) => {
    const parsed = parseArguments(argv);
    expect(parsed).toMatchObject({ kind: "exit", code: 2 });
    expect(parsed.kind === "exit" && parsed.text).toContain(reason);
  });
});
