import { describe, expect, test } from "vitest";
import { bucketsOver, hoursOfDay, windowsOf } from "../../../src/core/figure-windows.ts";

const NOW = Date.parse("2026-11-24T09:07:30Z");
const at = (text: string) => Date.parse(`2026-11-24T${text}Z`);

describe("the windows of a span", () => {
  test.each([
    ["1h", 60, 60_000, "08:08:00", "09:07:00"],
    ["24h", 288, 300_000, undefined, "09:05:00"],
    ["7d", 168, 3_600_000, undefined, "09:00:00"],
  ] as const)("%s has %d of %d ms, and the last one runs", (span, points, forMs, first, last) => {
    const windows = windowsOf(span, NOW);
    expect(windows).toHaveLength(points);
    expect(windows.every((w) => w.forMs === forMs)).toBe(true);
    if (first) expect(windows[0]?.at).toBe(at(first));
    expect(windows.at(-1)?.at).toBe(at(last));
    const buckets = windows.flatMap((w) => w.buckets);
    expect(new Set(buckets.map((b) => b.number)).size).toBe(buckets.length);
  });

  test("begin where they are asked to and never lie ahead", () => {
    const windows = windowsOf("1h", NOW, at("09:05:20"));
    expect(windows.map((w) => w.at)).toEqual([at("09:05:00"), at("09:06:00"), at("09:07:00")]);
    expect(windowsOf("1h", NOW, at("07:00:00"))).toHaveLength(60);
  });
});

test.each([
  ["1h", 60],
  ["24h", 24],
  ["7d", 168],
] as const)("a sum over %s takes %d buckets, the newest of which runs", (span, count) => {
  const buckets = bucketsOver(span, NOW);
  expect(buckets).toHaveLength(count);
  const { of } = buckets[0]!;
  const newest = Math.floor(NOW / (of === "m" ? 60_000 : 3_600_000));
  expect(Math.max(...buckets.map((b) => b.number))).toBe(newest);
});

test("a day has the hours that have begun", () => {
  expect(hoursOfDay(NOW, NOW)).toHaveLength(10);
  expect(hoursOfDay(at("23:59:59") - 86_400_000, NOW)).toHaveLength(24);
  expect(hoursOfDay(NOW + 86_400_000, NOW)).toEqual([]);
});
