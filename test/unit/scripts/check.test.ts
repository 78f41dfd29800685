import { expect, test } from "vitest";
import { check, checkSteps } from "../../../scripts/check.mjs";

test("the gate looks at format, lint, types, dead code twice, and the quick tests", () => {
  const names = checkSteps(() => true).map(([name]) => name);

  expect(names).toEqual([
    "format",
    "lint",
    "types",
    "dead code, product",
    "dead code, all",
    "unit and property tests",
  ]);
});

test("the linter gets only folders that exist, for it refuses others", () => {
  const lint = checkSteps((path) => path !== "bench").find(([name]) => name === "lint");

  expect(lint).not.toContain("bench");
  expect(lint).toContain("workers");
});

test("every step runs, one line each with its time; a failed one shows its output and fails the whole", async () => {
  let printed = "";
  const code = await check(
    [
      ["first", "-e", "console.log('quiet')"],
      ["second", "-e", "console.log('the reason'); process.exit(3)"],
      ["third", "-e", ""],
    ],
    (text) => {
      printed += text;
    },
  );

  expect(code).toBe(1);
  expect(printed.replace(/\d+\.\d s/g, "0.1 s")).toBe(
    "ok      first  0.1 s\nFAILED  second  0.1 s\nthe reason\nok      third  0.1 s\n",
  );
});

test("without the tests it is all that they do not show", () => {
  const names = (withTests: boolean) => checkSteps(() => true, withTests).map(([name]) => name);
  expect([...names(false), "unit and property tests"]).toEqual(names(true));
});
