import { timingSafeEqual } from "node:crypto";

/** Constant time; upper and lower case are the same hex. */
export function sameHex(expected: string, given: string): boolean {
  const a = Buffer.from(expected, "hex");
  const b = Buffer.from(given, "hex");
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b);
}
