import { parseReference } from "../core/delivery.ts";
import type { Cost } from "../core/outcome.ts";

/** Bounds for what a provider says of a message, before it is stored or shown. */

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const WORD_MAX = 40;
const PRICE_MAX = 1_000;

/** A message id, written as text or as a number. undefined for anything that cannot be one. */
export function messageId(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value > 0 ? String(value) : undefined;
  return typeof value === "string" && ID.test(value) ? value : undefined;
}

/** Our id of the attempt as the provider gave it back; anything else is not ours. */
export function ourReference(value: unknown): string | undefined {
  return typeof value === "string" && parseReference(value) ? value : undefined;
}

/** A provider's own word. Long runs of digits go: whoever writes the answer could quote a code or number in it. */
export function word(value: unknown): string {
  if (typeof value !== "string") return "unknown";
  const plain = value
    .slice(0, 200)
    .replace(/\d{4,}/g, "")
    .replace(/[^A-Za-z0-9_]/g, "");
  return plain.replace(/\d{4,}/g, "").slice(0, WORD_MAX) || "unknown";
}

/** A price in whole currency units, as number or decimal text. */
export function cost(value: unknown, currency: string): Cost | undefined {
  const amount = typeof value === "string" && /^\d{1,6}(\.\d{1,8})?$/.test(value) ? Number(value) : value;
  if (typeof amount !== "number" || !(amount >= 0 && amount <= PRICE_MAX)) return undefined;
  return { micros: Math.round(amount * 1_000_000), currency };
}

/** JSON of any kind; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
