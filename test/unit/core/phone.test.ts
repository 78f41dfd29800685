import { describe, expect, test } from "vitest";
import {
  callingCodeOf,
  isCallingCode,
  isMsisdn,
  isRegion,
  maskMsisdn,
  type Msisdn,
  parseMsisdn,
} from "../../../src/core/phone.ts";

const GERMAN = "+491711234567";

describe("forms that people and Nextclouds write", () => {
  test.each([
    "+49 171 1234567",
    "+491711234567",
    "  +49 171 1234567\n",
    "0049 171 1234567",
    "00491711234567",
    "+49 (0)171 1234567",
    "+49(0) 171-1234567",
    "+49 ( 0 ) 171 1234567",
    "0049 (0)171 1234567",
    "+49 0171 1234567",
    "(+49) 171 1234567",
    "+(49) 171 1234567",
    "+49-171-1234567",
    "+49.171.123.45.67",
    "+49/171/1234567",
    "+49\u00A0171\u00A01234567",
    "+49\u202F171\u20091234567",
    "+49\u2011171\u20131234567",
    "+49\t171\t1234567",
    `+49${" ".repeat(28)}1711234567`,
    "\u202A+49 171 1234567\u202C",
    "\uFEFF+491711234567\u200B",
  ])("%j is international, with and without a region", (typed) => {
    for (const region of [undefined, "DE", "AT", "US", "AU"]) expect(parseMsisdn(typed, region)).toBe(GERMAN);
  });

  test.each([
    "0171 1234567",
    "01711234567",
    "(0171) 1234567",
    "0171/1234567",
    "0171-123 45 67",
    "0171.1234567",
    "0171\u00A01234567",
    "491711234567",
    "49 171 1234567",
    "1711234567",
  ])("%j is taken by a client in Germany", (typed) => {
    expect(parseMsisdn(typed, "DE")).toBe(GERMAN);
    expect(parseMsisdn(typed, "de")).toBe(GERMAN);
  });

  test.each([
    ["0664 1234567", "AT", "+436641234567"],
    ["079 123 45 67", "CH", "+41791234567"],
    ["07911 123456", "GB", "+447911123456"],
    ["06 12345678", "IT", "+390612345678"],
    ["333 1234567", "IT", "+393331234567"],
    ["612 345 678", "ES", "+34612345678"],
    ["20 12 34 56", "DK", "+4520123456"],
    ["(212) 555-1234", "US", "+12125551234"],
    ["1 212 555 1234", "US", "+12125551234"],
    ["8 900 123-45-67", "RU", "+79001234567"],
    ["13800138000", "CN", "+8613800138000"],
    ["131 2345 6789", "CN", "+8613123456789"],
  ])("%j in %s is %s", (typed, region, msisdn) => {
    expect(parseMsisdn(typed, region)).toBe(msisdn);
  });

  test.each([
    ["+39 (0)6 12345678", "+390612345678"],
    ["+34 (0)612 345 678", "+34612345678"],
    ["+40 (0)21 312 3456", "+40213123456"],
    ["0040 (0)21 312 3456", "+40213123456"],
    ["+44 (0)7911 123456", "+447911123456"],
  ])("the zero in %j is dialled only where it must be: %s", (typed, msisdn) => {
    expect(parseMsisdn(typed, undefined)).toBe(msisdn);
  });

  test.each([
    ["0011 64 21 123 4567", "AU", "+64211234567"],
    ["0049 171 1234567", "AU", GERMAN],
    ["0034 (0)612 345 678", "DE", "+34612345678"],
    ["011 49 171 1234567", "US", GERMAN],
    ["810 49 171 1234567", "RU", GERMAN],
  ])("%j goes abroad as dialled in %s", (typed, region, msisdn) => {
    expect(parseMsisdn(typed, region)).toBe(msisdn);
  });
});

describe("a bare number", () => {
  test.each(["491711234567", "436641234567", "41791234567", "33612345678", "447911123456", "12125551234"])(
    "%s has a country code, without a region as well",
    (digits) => {
      expect(parseMsisdn(digits, undefined)).toBe(`+${digits}`);
    },
  );

  test.each([
    ["15012345678", "a Chinese mobile number or one in Arkansas"],
    ["34987654321", "a Brazilian mobile number or one in Spain"],
    ["4520123456", "too short to be told from a national one"],
    ["3612345678", "in Budapest or, without its 1, in Texas"],
    ["2125551234", "national"],
    ["1711234567", "national"],
    ["999999999999", "of no country"],
  ])("%s without a region is unclear: %s", (digits) => {
    expect(parseMsisdn(digits, undefined)).toEqual({ fault: "no_country" });
  });

  test.each([
    ["436641234567", "DE", "Austrian, or in Grossenbrode"],
    ["41791234567", "DE", "Swiss, or in Lower Saxony"],
    ["16012345678", "DE", "mobile without its zero, or in Mississippi"],
  ])("%s in %s is unclear: %s", (digits, region) => {
    expect(parseMsisdn(digits, region)).toEqual({ fault: "no_country" });
  });

  test.each([
    ["491711234567", "US", GERMAN],
    ["491711234567", "DK", GERMAN],
    ["15112345678", "DE", "+4915112345678"],
    ["393331234567", "IT", "+393331234567"],
  ])("%s in %s can only be %s", (digits, region, msisdn) => {
    expect(parseMsisdn(digits, region)).toBe(msisdn);
  });

  test("that is valid neither here nor abroad is refused", () => {
    expect(parseMsisdn("123456789", "DE")).toEqual({ fault: "not_possible" });
    expect(parseMsisdn("555 123 4567", "US")).toEqual({ fault: "not_possible" });
  });
});

describe("refused", () => {
  test.each([
    "",
    "   ",
    "+",
    "12",
    "alice",
    "@alice",
    "alice.42",
    "-1001234567890",
    "+-491711234567",
    "491711234567@s.whatsapp.net",
    "group.abcdef==",
    "0171 1234567 ext 5",
    "+49 171 ABC4567",
    "\uFF0B\uFF14\uFF19\uFF11\uFF17\uFF11\uFF11\uFF12\uFF13\uFF14\uFF15\uFF16\uFF17",
    "+49\u0661\u0667\u0661\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
    "+49171123\u200B4567",
    "++491711234567",
    "+49171+1234567",
    "tel:+491711234567",
    "0171 1234567-",
    `+49${" ".repeat(29)}1711234567`,
    "1".repeat(4_000),
  ])("%j is no number", (typed) => {
    expect(parseMsisdn(typed, "DE")).toEqual({ fault: "not_a_number" });
  });

  test.each(["+491711234567,+491721234567", "01711234567;01721234567", "01711234567\n01721234567"])(
    "%j is a list",
    (typed) => {
      expect(parseMsisdn(typed, "DE")).toEqual({ fault: "several_numbers" });
    },
  );

  test.each([undefined, "", "XX", "Germany"])("a national number without a usable region (%j)", (region) => {
    expect(parseMsisdn("0171 1234567", region)).toEqual({ fault: "no_country" });
  });

  test.each([
    ["+49 1", undefined],
    ["+49 12", undefined],
    ["+1 212 555 123", undefined],
    ["+4917112345678901234", undefined],
    ["+999 123456789", undefined],
    ["+0049 171 1234567", undefined],
    ["0043000000", undefined],
    ["0049 1", "DE"],
    ["0171 12", "DE"],
    ["0171 1234567 8901234", "DE"],
    ["0612 345 678", "ES"],
    ["0171 1234567", "US"],
  ])("%j in %s is not possible", (typed, region) => {
    expect(parseMsisdn(typed, region)).toEqual({ fault: "not_possible" });
  });
});

describe("the inner form", () => {
  test.each(["+491711234567", "+1234567", "+123456789012345"])("%s is one", (value) => {
    expect(isMsisdn(value)).toBe(true);
  });

  test.each([
    "491711234567",
    "+0491711234567",
    "+123456",
    "+1234567890123456",
    "+49 171",
    "+49171123456a",
    "x+491711234567",
  ])("%s is none", (value) => {
    expect(isMsisdn(value)).toBe(false);
  });

  test("regions are known in either case", () => {
    expect(["DE", "de", "XX", "", "DEU"].map(isRegion)).toEqual([true, true, false, false, false]);
  });
});

describe("masking", () => {
  test.each([
    ["+491711234567", "+49********67"],
    ["+12125551234", "+1********34"],
    ["+35312345", "+353***45"],
    ["+9991234567", "+********67"],
  ])("%s is shown as %s", (msisdn, masked) => {
    expect(maskMsisdn(msisdn as Msisdn)).toBe(masked);
  });
});

test.each([
  ["+4915112345678", "49"],
  ["+12015550123", "1"],
  ["+35312345678", "353"],
  ["+80012345678", "800"],
])("the calling code of %s is %s, and known", (msisdn, code) => {
  expect(callingCodeOf(msisdn as Msisdn)).toBe(code);
  expect(isCallingCode(code)).toBe(true);
});

test.each(["", "4", "490", "999", "+49"])("%j is no calling code", (digits) => {
  expect(isCallingCode(digits)).toBe(false);
});
