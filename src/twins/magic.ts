import type { MagicRow } from "./behaviour.ts";
import { BOTH_ROWS } from "./magic-both.ts";
import { GATEWAYAPI_ROWS } from "./magic-gatewayapi.ts";
import { SEVEN_ROWS } from "./magic-seven.ts";
import { TELEGRAM_ROWS } from "./magic-telegram.ts";

/**
 * Numbers that make the twins misbehave. Six digits, starting high, so that a load generator which counts
 * upwards does not meet them. 99 00 NN is seven's fault while Telegram delivers, 99 01 NN Telegram's while
 * seven refuses for this route only (403), 99 02 NN both at once, 99 03 NN GatewayAPI's while both refuse.
 * GatewayAPI delivers in all rows that do not name it.
 */
export const MAGIC_NUMBERS: readonly MagicRow[] = [
  ...SEVEN_ROWS,
  ...TELEGRAM_ROWS,
  ...BOTH_ROWS,
  ...GATEWAYAPI_ROWS,
];

const SUFFIX_DIGITS = 6;
const bySuffix = new Map(MAGIC_NUMBERS.map((row) => [row.suffix, row]));

/** The row that a number's last digits select. Every other number is served normally. */
export function magicRow(recipient: string): MagicRow | undefined {
  // Nearly all numbers fail this look at two digits, which spares them the substring and the hash.
  const tail = recipient.length - SUFFIX_DIGITS;
  if (recipient.charCodeAt(tail) !== 57 || recipient.charCodeAt(tail + 1) !== 57) return undefined;
  return bySuffix.get(recipient.slice(tail));
}

/**
 * A valid German mobile number in E.164 that ends in the suffix.
 * @public
 * @param serial 0 to 99 gives that many recipients with one behaviour.
 */
export function magicNumber(suffix: string, serial = 0): string {
  return `+49151${String(serial).padStart(2, "0")}${suffix}`;
}
