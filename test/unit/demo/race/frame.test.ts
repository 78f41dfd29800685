import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { bar, perSlice, sparkline } from "../../../../src/demo/race/chart.ts";
import { frame } from "../../../../src/demo/race/frame.ts";
import { standingLine } from "../../../../src/demo/race/line.ts";
import { wrap } from "../../../../src/demo/race/wrap.ts";
import { aStanding } from "./build.ts";

const LOOK = { columns: 80, rows: 24, color: false };
const ESCAPE = "\u001B";

describe("a frame", () => {
  test("shows both sides beside each other", () => {
    expect(frame(aStanding(), LOOK)).toEqual([
      "otpost race   40 of 60 s   seed 7",
      "Seven is dark: it takes the call and never answers",
      "",
      "",
      "                        without otpost              with otpost",
      "people who came         200                         200",
      "have the code           151   75 %                  188   94 %",
      "                        ███████████████████░░░░░░░  ████████████████████████░░",
      "stuck without a code    27                          0",
      "logins hanging now      35                          0",
      "  longest wait          8.0 s                       0.05 s",
      "time to the code, p50   0.3 s                       0.3 s",
      "                  p95   never                       9.8 s",
      "SMS sent                204   15.30 EUR             140   10.50 EUR",
      "Telegram sent           0   0.00 USD                70   0.70 USD",
      "codes as they arrive    ▅▁▁▁▁▁▁▁▁▅▁▁▁▁              █▁▁▁▁▁▁▁▁▁▁▁▅▁",
    ]);
  });

  test.each([20, 40, 60, 79, 80, 120, 400])("fits %i columns, coloured or not", (columns) => {
    const plain = frame(aStanding(), { ...LOOK, columns });
    for (const line of plain) expect(line.length).toBeLessThanOrEqual(Math.min(columns, 100));
    const coloured = frame(aStanding(), { ...LOOK, columns, color: true });
    expect(coloured.map(stripVTControlCharacters)).toEqual(plain);
  });

  test("fits the rows there are, the headline last to go", () => {
    const lines = frame(aStanding(), { ...LOOK, rows: 3 });
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain("dark");
  });

  test("keeps its height when the headline needs two lines", () => {
    const headline =
      "60 % vanish: seven takes every message, most never arrive; answers take 8.0 s, in truth";
    const lines = frame(aStanding({ headline }), LOOK);
    expect(lines).toHaveLength(frame(aStanding(), LOOK).length);
    expect(lines.slice(1, 3).join(" ")).toBe(headline);
  });

  test("is red while seven is in trouble, green while it is well, and colourless without colours", () => {
    const ink = (headline: string) => frame(aStanding({ headline }), { ...LOOK, color: true })[1];
    expect(ink("seven is dark")).toBe(`${ESCAPE}[31mSeven is dark${ESCAPE}[0m`);
    expect(ink("seven is well again")).toBe(`${ESCAPE}[32mSeven is well again${ESCAPE}[0m`);
    expect(frame(aStanding(), LOOK).join("")).not.toContain(ESCAPE);
  });

  test("tells how long the last ones are waited for", () => {
    expect(frame(aStanding({ atMs: 72_000 }), LOOK)[0]).toContain("60 of 60 s + 12 s");
  });
});

test("a line says the same to a pipe", () => {
  expect(standingLine(aStanding())).toBe(
    "40 s, seven is dark: it takes the call and never answers" +
      " | direct: 151 of 200 have the code, 27 stuck, 35 hanging (longest 8.0 s)" +
      " | otpost: 188 of 200 have the code, 0 stuck, 0 hanging (longest 0.05 s)",
  );
});

describe("charts", () => {
  test("a bar is as long as its share, and full only when all is", () => {
    expect([bar(0, 4), bar(0.5, 4), bar(0.99, 4), bar(1, 4), bar(2, 4)]).toEqual([
      "░░░░",
      "██░░",
      "███░",
      "████",
      "████",
    ]);
  });

  test("instants fall into slices, those at the edges as well", () => {
    expect(perSlice([-5, 0, 24, 25, 99, 100, 200], 100, 4)).toEqual([3, 1, 0, 3]);
  });

  test("a sparkline shows the smallest count above none", () => {
    expect(sparkline([0, 1, 50, 100], 100)).toBe("▁▂▅█");
    expect(sparkline([0, 0], 0)).toBe("▁▁");
  });

  test("text breaks between words, and a word too long stays whole", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrap("extraordinarily so", 5)).toEqual(["extraordinarily", "so"]);
  });
});
