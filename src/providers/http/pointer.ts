import type { Condition, Locator } from "./schema.ts";

/** How much of a value a regular expression of the file may look at. */
const MATCHED_MAX = 200;

/** The value at a JSON pointer; own members only, so that a name like `__proto__` finds nothing. Source: RFC 6901. */
export function valueAt(document: unknown, pointer: string): unknown {
  const steps = pointer.split("/").slice(1);
  return steps.reduce<unknown>((value, step) => {
    if (typeof value !== "object" || value === null) return undefined;
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    // `length` is an own property of an array, but no member of it.
    if (Array.isArray(value) && !/^(0|[1-9]\d*)$/.test(name)) return undefined;
    return Object.getOwnPropertyDescriptor(value, name)?.value;
  }, document);
}

/** Texts and numbers as text; undefined for everything that is no plain value. */
export function textAt(document: unknown, pointer: string): string | undefined {
  const value = valueAt(document, pointer);
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" ? value : undefined;
}

/** Numbers stay numbers, so that the bounds for ids and prices can tell them from text. */
export function located(document: unknown, locator: Locator): unknown {
  if (typeof locator === "string") return valueAt(document, locator);
  const text = textAt(document, locator.pointer)?.slice(0, MATCHED_MAX);
  return text === undefined ? undefined : new RegExp(locator.match, "u").exec(text)?.[1];
}

/** True when all that the condition names is true; one that names nothing holds. */
export function holds(document: unknown, { pointer, exists, equals, matches }: Condition): boolean {
  const value = valueAt(document, pointer);
  const isThere = value !== undefined && value !== null;
  if (exists !== undefined && exists !== isThere) return false;
  if (equals !== undefined && !isEqual(value, equals)) return false;
  if (matches === undefined) return true;
  const text = textAt(document, pointer)?.slice(0, MATCHED_MAX);
  return text !== undefined && new RegExp(matches, "u").test(text);
}

/** Codes were seen as text and as number from one and the same provider; a boolean is never a text. */
function isEqual(value: unknown, wanted: string | number | boolean): boolean {
  if (typeof wanted === "boolean") return value === wanted;
  return (typeof value === "string" || typeof value === "number") && String(value) === String(wanted);
}
