/** Numbers without a country code belong to the account's default country. */
const DEFAULT_COUNTRY = "49";

/** `invalid` is refused with 202; a name is never refused. */
export type SevenRecipient = { kind: "number" | "name" | "invalid"; value: string };

/**
 * `to` as seven reads it: a comma list of numbers in any form, contact names and group names. A typo with a
 * letter in it therefore is no error but a name. Source: docs.seven.io, sms.
 * @param contacts numbers behind a name; an unknown name is taken as it stands.
 */
export function readRecipients(to: string, contacts: Record<string, readonly string[]>): SevenRecipient[] {
  const parts = to.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "").flatMap((part) => readOne(part, contacts));
}

function readOne(part: string, contacts: Record<string, readonly string[]>): SevenRecipient[] {
  if (!/\p{L}/u.test(part)) return [readNumber(part)];
  const numbers = contacts[part];
  return numbers === undefined ? [{ kind: "name", value: part }] : numbers.map(readNumber);
}

/** Digits without a plus, which is how recipients come back. */
function readNumber(part: string): SevenRecipient {
  const digits = international(part.replace(/[\s()/.-]/g, ""));
  return { kind: /^[1-9]\d{6,14}$/.test(digits) ? "number" : "invalid", value: digits };
}

/** `+49..`, `0049..`, `0151..` and `49151..` are one number. Source: docs.seven.io, sms. */
function international(number: string): string {
  if (number.startsWith("+")) return number.slice(1);
  if (number.startsWith("00")) return number.slice(2);
  return number.startsWith("0") ? DEFAULT_COUNTRY + number.slice(1) : number;
}
