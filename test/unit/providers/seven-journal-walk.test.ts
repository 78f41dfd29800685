import { describe, expect, test } from "vitest";
import type { JournalPage, JournalRow } from "../../../src/providers/seven-journal-page.ts";
import { covers, goOn, isOver, nextOffset, startWalk } from "../../../src/providers/seven-journal-walk.ts";

const NOW = Date.UTC(2026, 0, 5, 9);
const BEGUN = { startedAt: 1_000, sinceAt: NOW };

/** A page whose newest row is `fromMs` old and whose rows are `stepMs` apart. */
function aPage(fromMs: number, stepMs: number, changes: Partial<JournalPage> = {}): JournalPage {
  const rows = Array.from({ length: 100 }, (_, n) => aRow(n, NOW - fromMs - n * stepMs));
  return { rows, isReadable: true, isLast: false, ...changes };
}

function aRow(n: number, at: number | undefined): JournalRow {
  return { id: String(n + 1), reference: undefined, at, price: undefined, dlr: undefined, dlrAt: undefined };
}

describe("a page proves that a message is absent", () => {
  test("as far back as its rows span, with 5 s to spare, whatever the zone of its times", () => {
    for (const zoneMs of [0, 3_600_000, -3_600_000]) {
      const walk = startWalk(BEGUN, aPage(zoneMs, 200));
      expect(covers(walk, 14_800)).toBe(true);
      expect(covers(walk, 14_801)).toBe(false);
    }
  });

  test("for any age where the list ends", () => {
    const walk = startWalk(BEGUN, aPage(0, 0, { isLast: true }));
    expect(covers(walk, 86_400_000)).toBe(true);
    expect(isOver(walk)).toBe(true);
    expect(covers(startWalk(BEGUN, { rows: [], isReadable: true, isLast: true }), 1)).toBe(true);
  });

  test.each<[string, JournalPage]>([
    ["is not newest first", { ...aPage(0, 200), rows: aPage(0, 200).rows.toReversed() }],
    ["has a row without a time", { ...aPage(0, 200), rows: [...aPage(0, 200).rows, aRow(100, undefined)] }],
    ["holds what cannot be read", aPage(0, 200, { isReadable: false })],
    ["holds what cannot be read and ends", aPage(0, 200, { isReadable: false, isLast: true })],
  ])("never where it %s", (_, page) => {
    const walk = startWalk(BEGUN, page);
    expect(covers(walk, 0)).toBe(false);
    expect(isOver(walk)).toBe(true);
  });
});

describe("a walk", () => {
  test("proves more with each page that joins the one before", () => {
    const first = startWalk(BEGUN, aPage(0, 100));
    expect(nextOffset(first)).toBe(95);
    const second = goOn(first, aPage(9_500, 100));
    expect(nextOffset(second)).toBe(190);
    expect(covers(first, 10_000)).toBe(false);
    expect(covers(second, 14_000)).toBe(true);
    expect(second.startedAt).toBe(1_000);
  });

  test("proves nothing over a gap, or a page that went missing", () => {
    const first = startWalk(BEGUN, aPage(0, 100));
    expect(covers(goOn(first, aPage(11_000, 100)), 0)).toBe(false);
    expect(covers(goOn(first, { rows: [], isReadable: true, isLast: true }), 0)).toBe(false);
    expect(covers(goOn(first, aPage(9_500, -100)), 0)).toBe(false);
  });

  test("is over after twenty pages", () => {
    let walk = startWalk(BEGUN, aPage(0, 100));
    for (let page = 1; page < 20; page += 1) {
      expect(isOver(walk)).toBe(false);
      walk = goOn(walk, aPage(page * 9_500, 100));
    }
    expect(isOver(walk)).toBe(true);
    expect(covers(walk, 180_000)).toBe(true);
  });
});
