import type { MagicRow } from "./behaviour.ts";

/**
 * Nobody delivers, or only by an odd path: the ends of a route plan. Where both fail there is no third route
 * in the demo, so the delivery ends failed, expired or unconfirmed.
 */
export const BOTH_ROWS: readonly MagicRow[] = [
  {
    suffix: "990201",
    seven: { act: "send", reports: "none" },
    telegram: { act: "send", reports: "none" },
    means: "both accept and stay silent",
  },
  {
    suffix: "990202",
    seven: { act: "send", reports: "none" },
    telegram: { act: "refuse", error: "PHONE_NUMBER_NOT_AVAILABLE" },
    means: "seven accepts and stays silent, Telegram does not know the number",
  },
  {
    suffix: "990203",
    seven: { act: "send", reports: "undelivered" },
    telegram: { act: "refuse", error: "PHONE_NUMBER_NOT_AVAILABLE" },
    means: "seven reports NOTDELIVERED, Telegram does not know the number",
  },
  {
    suffix: "990204",
    seven: { act: "send", reports: "late" },
    telegram: { act: "send", reports: "normal" },
    means: "seven's DELIVERED comes after Telegram has delivered",
  },
  {
    suffix: "990205",
    seven: { act: "break", accepted: false, how: "reset" },
    telegram: { act: "break", accepted: false, how: "reset" },
    means: "both reset the connection, nothing is accepted",
  },
];
