import { describe, expect, test } from "vitest";
import { startRoute } from "../../../src/core/start-route.ts";
import { aDelivery, CREATED_AT, EXPIRES_AT, testRules } from "../../support/build.ts";

const rules = testRules();
/** What a line may last at most for a code that was just taken on. */
const LIFE = EXPIRES_AT - 30_000 - CREATED_AT;
/** The longest line that one may be put into. */
const FITS = Math.floor(LIFE / 1.05);
const OPEN = { open: true };
const QUIET = { "seven-sms": { quiet: true } };
const ALL = ["seven-sms", "telegram-gateway", "second-sms"];

type Known = Record<string, Partial<{ open: boolean; waitMs: number; quiet: boolean }>>;

function start(
  known: Known,
  more: { reached?: Record<string, boolean>; plan?: string[]; now?: number } = {},
) {
  const found = startRoute(aDelivery({ plan: more.plan ?? ALL }), {
    now: more.now ?? CREATED_AT,
    rules,
    conditions: (route) => ({ open: false, waitMs: 0, quiet: false, ...known[route] }),
    reached: (route) => more.reached?.[route],
  });
  return found.kind === "route" ? `${found.route} ${found.why}` : found;
}

const seven = (waitMs: number) => ({ "seven-sms": { waitMs } });
const telegram = (waitMs: number) => ({ "telegram-gateway": { waitMs } });
const second = (waitMs: number) => ({ "second-sms": { waitMs } });
const TWO = { plan: ["seven-sms", "telegram-gateway"] };
const TELEGRAM_FIRST = { plan: ["telegram-gateway", "seven-sms"] };

describe("the first route", () => {
  test.each([
    ["is the wished one when it is free", {}, {}, "seven-sms first"],
    ["is the wished one while its line is short", seven(8_000), {}, "seven-sms first"],
    ["spills over to a route that likely reaches the person", seven(8_001), {}, "second-sms busy"],
    ["spills over where the wished one is open", { "seven-sms": OPEN }, {}, "second-sms circuit"],
    [
      "spills over to one that reaches few when another can still make it",
      { ...seven(8_001), ...second(9_000) },
      {},
      "telegram-gateway busy",
    ],
    [
      "spills over to Telegram where the own line still ends in time",
      seven(60_000),
      TWO,
      "telegram-gateway busy",
    ],
    [
      "stays where the line after a refusal there would end too late",
      seven(LIFE + 1),
      TWO,
      { kind: "busy", retryAfterMs: 1_000 },
    ],
    [
      "spills over to Telegram for somebody who is known to be there",
      seven(LIFE + 1),
      { ...TWO, reached: { "telegram-gateway": true } },
      "telegram-gateway busy",
    ],
    [
      "prefers Telegram for somebody who is known to be there",
      seven(9_000),
      { reached: { "telegram-gateway": true } },
      "telegram-gateway busy",
    ],
    [
      "stays for somebody who is known not to be on Telegram",
      seven(60_000),
      { ...TWO, reached: { "telegram-gateway": false } },
      "seven-sms first",
    ],
    [
      "waits in a long line when no other is short",
      { ...seven(9_000), ...telegram(9_000), ...second(9_000) },
      {},
      "seven-sms first",
    ],
    [
      "waits in the line that ends in time, with a little to spare",
      { ...seven(FITS + 1), ...telegram(9_000), ...second(FITS) },
      {},
      "second-sms busy",
    ],
    [
      "waits in a line that moves rather than at an open circuit",
      { "seven-sms": OPEN, ...telegram(9_000), ...second(9_000) },
      {},
      "second-sms circuit",
    ],
    [
      "waits for an open circuit where all are open",
      { "seven-sms": OPEN, "telegram-gateway": OPEN, "second-sms": OPEN },
      {},
      "seven-sms first",
    ],
    ["passes a quiet one over for one that likely reaches the person", QUIET, {}, "second-sms quiet"],
    ["passes a quiet one over even for one that reaches few", QUIET, TWO, "telegram-gateway quiet"],
    [
      "passes a quiet one over for one that reaches few before another quiet one",
      { ...QUIET, "second-sms": { quiet: true } },
      {},
      "telegram-gateway quiet",
    ],
    [
      "is the quiet one for somebody who is not on the other",
      QUIET,
      { ...TWO, reached: { "telegram-gateway": false } },
      "seven-sms first",
    ],
    [
      "is the quiet one where nothing could follow a refusal in time",
      { "seven-sms": { quiet: true, waitMs: LIFE + 1 } },
      TWO,
      { kind: "busy", retryAfterMs: 1_000 },
    ],
    ["is the quiet one where it is the only one", QUIET, { plan: ["seven-sms"] }, "seven-sms first"],
    [
      "is in the plan's order where all are quiet",
      { ...QUIET, "telegram-gateway": { quiet: true }, "second-sms": { quiet: true } },
      {},
      "seven-sms first",
    ],
    [
      "is quiet rather than open",
      { ...QUIET, "telegram-gateway": OPEN, "second-sms": OPEN },
      {},
      "seven-sms first",
    ],
    [
      "does not spill over to a quiet one while one that reaches few is free",
      { ...seven(8_001), "second-sms": { quiet: true } },
      {},
      "telegram-gateway busy",
    ],
    [
      "waits in a line whose messages are reported",
      { "seven-sms": { quiet: true, waitMs: 9_000 }, ...telegram(9_000), ...second(9_000) },
      {},
      "second-sms busy",
    ],
    ["is Telegram where it is wished first", {}, TELEGRAM_FIRST, "telegram-gateway first"],
    [
      "is not Telegram first for somebody who is known not to be there",
      {},
      { ...TELEGRAM_FIRST, reached: { "telegram-gateway": false } },
      "seven-sms first",
    ],
    [
      "is not Telegram first where nothing could follow its refusal",
      seven(LIFE + 1),
      TELEGRAM_FIRST,
      { kind: "busy", retryAfterMs: 1_000 },
    ],
    [
      "is SMS where Telegram is wished first and has a line",
      telegram(8_001),
      TELEGRAM_FIRST,
      "seven-sms busy",
    ],
    ["is Telegram where it is the only one", {}, { plan: ["telegram-gateway"] }, "telegram-gateway first"],
  ] as [string, Known, object, unknown][])("%s", (_, known, more, expected) => {
    expect(start(known, more)).toEqual(expected);
  });
});

describe("when no route can make it", () => {
  const full = (overMs: number) => ({
    ...seven(LIFE + overMs),
    ...telegram(LIFE + overMs + 9_000),
    ...second(LIFE + overMs + 1),
  });

  test.each([
    [1, 1_000],
    [5_500, 5_500],
    [59_999, 59_999],
    [600_000, 60_000],
  ])("a line that is %d ms too long is told to come back after %d ms", (overMs, retryAfterMs) => {
    expect(start(full(overMs))).toEqual({ kind: "busy", retryAfterMs });
  });

  test("less life is left for a line the later it is", () => {
    const lines = { ...seven(FITS), ...telegram(9_000), ...second(FITS) };
    expect(start(lines, { now: CREATED_AT + 2 })).toMatchObject({ kind: "busy" });
    expect(start(lines)).toBe("seven-sms first");
  });
});
