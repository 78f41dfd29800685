import { expect, test } from "vitest";
import { frame } from "../../../src/demo/race/frame.ts";
import { summary } from "../../../src/demo/race/summary.ts";
import { codeBlocks, readPage } from "../../support/readme.ts";
import { aResult, aStanding } from "../demo/race/build.ts";

const blocks = codeBlocks(readPage("README.md"));
const blockWith = (words: string) => blocks.find(({ text }) => text.includes(words))?.text ?? "";

test("the frame in the README has the rows of the program's, as wide as a terminal", () => {
  const shown = blockWith("people who came").trimEnd().split("\n");
  const drawn = frame(aStanding(), { columns: 80, rows: 24, color: false });
  const labels = (lines: readonly string[]) => lines.slice(4).map((line) => line.slice(0, 24).trimEnd());

  expect(labels(shown)).toEqual(labels(drawn));
  expect(Math.max(...shown.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("the summary in the README is told in the program's sentences", () => {
  const withoutFigures = (text: string) =>
    text
      .replace(/\s+/g, " ")
      .replace(/\d+(\.\d+)?/g, "#")
      .trim();

  expect(withoutFigures(blockWith("The race ended as it must."))).toBe(
    withoutFigures(summary(aResult()).join(" ")),
  );
});
