import { describe, expect, test } from "vitest";
import { highestRole, mayDo, ROLES, withoutNumbers } from "../../../src/core/operator.ts";

describe("roles", () => {
  test("each may do what those before it may, and nothing of those after it", () => {
    const table = ROLES.map((role) => ROLES.map((needed) => (mayDo(role, needed) ? 1 : 0)).join(""));
    expect(table).toEqual(["1000", "1100", "1110", "1111"]);
  });

  test("of several the highest counts", () => {
    expect(highestRole(["helpdesk", "admin", "viewer"])).toBe("admin");
    expect(highestRole([])).toBeUndefined();
  });
});

describe("what goes into the audit", () => {
  test.each([
    ["+4915112345678", "***78"],
    ["asked for 0151 1234 5678 twice", "asked for ***78 twice"],
    ["+49 (151) 123-45678", "***78"],
  ])("%s loses its number", (text, kept) => {
    expect(withoutNumbers(text)).toBe(kept);
  });

  test.each([
    "+4917599",
    "+491759912",
    "ticket 20261125",
    "2026-11-25",
    "01234567-0123-7123-8123-012345678901",
    "kim@example.org",
  ])("%s stays as it is", (text) => {
    expect(withoutNumbers(text)).toBe(text);
  });
});
