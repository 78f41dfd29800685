import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";

/** A number in E.164 form. Nothing but parseMsisdn makes one. */
export type Msisdn = string & { readonly brand: "Msisdn" };

export type PhoneFault = "not_a_number" | "several_numbers" | "no_country" | "not_possible";

/** Digits with the separators people type. Names, lists and full-width digits are no numbers. */
const TYPED = /^[+(]?[\d\s()./\u00A0\u2010-\u2015-]{5,40}$/u;
const E164 = /^\+[1-9]\d{6,14}$/;

/**
 * Brings one number to E.164. National forms need the client's region; what stays ambiguous is refused,
 * for a stranger must not get the code.
 * @param region ISO 3166 alpha-2, or undefined when the client has none
 */
export function parseMsisdn(raw: string, region: string | undefined): Msisdn | { fault: PhoneFault } {
  const text = raw.trim();
  if (/[,;]/.test(text)) return { fault: "several_numbers" };
  if (!TYPED.test(text)) return { fault: "not_a_number" };
  const international = toInternational(text);
  const parsed = parsePhoneNumberFromString(international, regionOf(region));
  if (!parsed) return { fault: international.startsWith("+") ? "not_possible" : "no_country" };
  if (!parsed.isPossible() || !E164.test(parsed.number)) return { fault: "not_possible" };
  const number: string = parsed.number;
  return number as Msisdn;
}

/** True for the one inner form; adapters check it again before a number leaves the house. */
export function isMsisdn(value: string): value is Msisdn {
  return E164.test(value);
}

/** 00 is the international prefix of nearly all countries; "(0)" after a country code is a habit, not a digit. */
function toInternational(text: string): string {
  const plus = text.startsWith("00") ? `+${text.slice(2)}` : text;
  return plus.startsWith("+") ? plus.replace(/\(0\)/, "") : plus;
}

function regionOf(region: string | undefined): CountryCode | undefined {
  const upper = region?.toUpperCase();
  return upper !== undefined && isSupportedCountry(upper) ? upper : undefined;
}

export function isRegion(region: string): boolean {
  return isSupportedCountry(region.toUpperCase());
}

/** Country calling code and the last two digits, the rest hidden: `+49*******67`. */
export function maskMsisdn(msisdn: Msisdn): string {
  const code = parsePhoneNumberFromString(msisdn)?.countryCallingCode ?? "";
  const hidden = msisdn.length - 1 - code.length - 2;
  return `+${code}${"*".repeat(Math.max(hidden, 0))}${msisdn.slice(-2)}`;
}
