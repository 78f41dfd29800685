import { expect, test } from "vitest";
import { hasEnded } from "../../../src/core/delivery.ts";
import { isMsisdn } from "../../../src/core/phone.ts";
import { instants, made, numberOf } from "../../../bench/house-deliveries.ts";

const NOW = Date.parse("2026-11-25T08:00:00Z");
const HOUR_MS = 3_600_000;

test("the house is as full as asked for, over three days, and busiest in the morning", () => {
  const all = [...instants(10_000, NOW)];
  expect(all).toHaveLength(10_000);
  expect(all).toEqual(all.toSorted((a, b) => a - b));
  expect(all[0]).toBeGreaterThan(NOW - 72 * HOUR_MS);
  expect(all.at(-1)).toBeLessThanOrEqual(NOW);
  const at = (hour: number) => all.filter((instant) => new Date(instant).getUTCHours() === hour).length;
  expect(at(9)).toBeGreaterThan(10 * at(23));
});

test("its deliveries have all ended, in every way, on numbers that are some", () => {
  const all = Array.from({ length: 500 }, (_, n) => made(n, NOW - n, numberOf(n, 500)));
  expect(all.filter(({ ended }) => !hasEnded(ended))).toEqual([]);
  expect(new Set(all.map(({ ended }) => ended.state))).toEqual(
    new Set(["delivered", "unconfirmed", "expired"]),
  );
  expect(all.filter(({ ended }) => ended.attempts.length === 2).length).toBeGreaterThan(10);
  expect(all.every(({ entry }) => isMsisdn(entry.recipient))).toBe(true);
  expect(new Set(all.map(({ entry }) => entry.recipient)).size).toBe(100);
});
