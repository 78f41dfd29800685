import fc from "fast-check";
import { expect, it } from "vitest";
import { retryAfterMs } from "../../../src/providers/answer-outcome.ts";

const NOW = Date.UTC(2026, 0, 5, 9, 0, 0);

it.each<[string | undefined, number | undefined]>([
  ["2", 2_000],
  [" 2 ", 2_000],
  ["0", 0],
  ["1.5", 1_500],
  ["Mon, 05 Jan 2026 09:00:30 GMT", 30_000],
  ["Mon, 05 Jan 2026 08:00:00 GMT", 0],
  ["Mon, 05 Jan 2099 08:00:00 GMT", 600_000],
  ["99999999999999999999", 600_000],
  ["-1", undefined],
  ["", undefined],
  [undefined, undefined],
  ["soon", undefined],
  ["Infinity", undefined],
  ["NaN", undefined],
  ["0x10", undefined],
])("Retry-After %s", (value, waitMs) => {
  expect(retryAfterMs(value, NOW)).toBe(waitMs);
});

it("is always nothing or a wait from 0 to ten minutes", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.date().map(String)), (value) => {
      const waitMs = retryAfterMs(value, NOW) ?? 0;
      expect(waitMs >= 0 && waitMs <= 600_000).toBe(true);
    }),
  );
});
