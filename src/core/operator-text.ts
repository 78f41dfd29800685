/** Free text of operators, such as why a route was stopped. It is shown, logged and sent on. */

const CONTROL = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;
/** A telephone number in its usual spellings: behind +, behind a leading 0, or in one piece. Not tickets and dates. */
const NUMBER = /\+\d[\d ()/.-]{5,}|(?<![\d-])0\d(?:[ ()/.-]{0,2}\d){6,}|\d{9,}/;

/** @returns why the text cannot be taken, or undefined when it can */
export function operatorTextFault(text: string, maxLength: number): string | undefined {
  if (text.trim() === "") return "must not be empty";
  if (text.length > maxLength) return `must have at most ${maxLength} characters`;
  if (CONTROL.test(text)) return "must be one line of visible characters";
  return NUMBER.test(text) ? "must not hold a telephone number" : undefined;
}
