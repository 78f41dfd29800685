import { createHash, timingSafeEqual } from "node:crypto";

/** Equal in constant time, whatever the lengths. */
export function sameSecret(a: string, b: string): boolean {
  const hash = (value: string): Buffer => createHash("sha256").update(value).digest();
  return timingSafeEqual(hash(a), hash(b));
}
