/** Free text of operators, such as why a route was stopped. It is shown, logged and sent on. */

const CONTROL = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;
/** A telephone number in any of its usual spellings. Tickets and dates are shorter. */
const NUMBER = /\+\d[\d ()/.-]{5,}|\d(?:[ ()/.-]?\d){8,}/;

/** @returns why the text cannot be taken, or undefined when it can */
export function operatorTextFault(text: string, maxLength: number): string | undefined {
  if (text.trim() === "") return "must not be empty";
  if (text.length > maxLength) return `must have at most ${maxLength} characters`;
  if (CONTROL.test(text)) return "must be one line of visible characters";
  return NUMBER.test(text) ? "must not hold a telephone number" : undefined;
}
