import { expect, test } from "vitest";
import { spokenInstant } from "../../../src/http/spoken-instant.ts";

const NOW = Date.parse("2026-11-25T08:00:00Z");

test.each([
  ["en", "2026-11-25T07:05:59Z", "08:05"],
  ["de", "2026-11-25T07:05:59Z", "08:05"],
  ["en", "2026-11-24T23:30:00Z", "00:30"],
  ["en", "2026-11-24T08:05:00Z", "24 Nov, 09:05"],
  ["de", "2026-11-24T08:05:00Z", "24. Nov., 09:05"],
  ["en", "2025-11-25T08:00:00Z", "25 Nov, 09:00"],
] as const)("in %s %s is said as %s", (language, instant, said) =>
  expect(spokenInstant(language, NOW, "Europe/Berlin")(Date.parse(instant))).toBe(said),
);
