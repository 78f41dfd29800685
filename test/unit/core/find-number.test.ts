import { describe, expect, test } from "vitest";
import { readNumber } from "../../../src/core/find-number.ts";

const ONE = { kind: "one", number: "+4915112345678" };

describe("a number that a help desk types", () => {
  test.each([
    "+49 151 12345678",
    "+49 (0)151/123 456-78",
    "0049 151 12345678",
    "0151 12345678",
    "0151/12345678",
    "4915112345678",
    "\u202A+49 151 12345678\u202C",
  ])("%s is read where all clients are in Germany", (raw) =>
    expect(readNumber(raw, ["DE", "DE"])).toEqual(ONE),
  );

  test("needs no region with a plus in front", () => expect(readNumber("+4915112345678", [])).toEqual(ONE));

  test("without plus or region is asked about, unless it can be one number only", () => {
    expect(readNumber("4915112345678", [])).toEqual(ONE);
    expect(readNumber("015112345678", [])).toEqual({ kind: "none", fault: "no_country" });
  });

  test("that differs by region is not guessed, and shown with the last two digits only", () => {
    const read = readNumber("06641234567", ["DE", "AT"]);
    expect(read).toEqual({
      kind: "several",
      readings: [
        { region: "DE", masked: expect.stringMatching(/^\+49\*+67$/) },
        { region: "AT", masked: expect.stringMatching(/^\+43\*+67$/) },
      ],
    });
  });

  test.each([
    ["Anna", "not_a_number"],
    ["+49 1", "not_possible"],
    ["+49151123, +49151124", "several_numbers"],
  ])("%s is none, with the reason", (raw, fault) =>
    expect(readNumber(raw, ["DE"])).toEqual({ kind: "none", fault }),
  );
});
