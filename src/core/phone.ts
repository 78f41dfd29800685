import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  Metadata,
  type NumberType as LibraryNumberType,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";

/** A number in E.164 form. Nothing but parseMsisdn makes one. */
export type Msisdn = string & { readonly brand: "Msisdn" };

export type PhoneFault = "not_a_number" | "several_numbers" | "no_country" | "not_possible";

/** Digits with the separators people type, one line. Names, chat ids and full-width digits are no numbers. */
const TYPED = /^(?:\(?\+[( ]?)?[\d(][\d ()./\t\u00A0\u2000-\u200A\u202F\u2010-\u2015-]{2,38}[\d)]$/u;
/** Address books wrap numbers in invisible direction marks, which come along when one is pasted. */
const AROUND =
  /^[\s\u200B-\u200F\u202A-\u202E\u2066-\u2069]+|[\s\u200B-\u200F\u202A-\u202E\u2066-\u2069]+$/gu;
/** "(0)" after a country code is a habit; the zero is dialled in some countries only, such as Italy. */
const HABITUAL_ZERO = /\(\s*0\s*\)/;
const E164 = /^\+[1-9]\d{6,14}$/;

/** A bare number without a region: shorter ones, and those that are somebody's national number, are unclear. */
const BARE_MIN_DIGITS = 11;
/** Where national numbers without a zero in front are that long. */
const BARE_NATIONAL: readonly CountryCode[] = ["CN", "BR"];

/**
 * Brings one number to E.164. National forms need the client's region; what stays ambiguous is refused,
 * for a stranger must not get the code.
 * @param region ISO 3166 alpha-2, or undefined when the client has none
 */
export function parseMsisdn(raw: string, region: string | undefined): Msisdn | { fault: PhoneFault } {
  const text = raw.replace(AROUND, "");
  if (/[,;\n]/.test(text)) return { fault: "several_numbers" };
  if (!TYPED.test(text)) return { fault: "not_a_number" };
  const country = regionOf(region);
  const digits = digitsOf(text);
  if (text.includes("+")) return international(text, 0);
  if (digits.startsWith("00") && !dialsOut(digits, country)) return international(text, 2);
  return country === undefined ? bareAnywhere(digits) : inRegion(digits, country);
}

/** True for the one inner form; adapters check it again before a number leaves the house. */
export function isMsisdn(value: string): value is Msisdn {
  return E164.test(value);
}

/**
 * Possible is enough here: a range may be newer than our copy of the numbering plans.
 * @param prefixDigits digits in front that only mean "abroad"
 */
function international(text: string, prefixDigits: number): Msisdn | { fault: PhoneFault } {
  const typed = `+${digitsOf(text).slice(prefixDigits)}`;
  const parsed = parsePhoneNumberFromString(typed, { extract: false });
  // In this order, for whether a number is valid costs as much to find out as to parse it.
  if (HABITUAL_ZERO.test(text) && !parsed?.isValid()) {
    return international(text.replace(HABITUAL_ZERO, ""), prefixDigits);
  }
  return parsed?.isPossible() ? msisdn(parsed, typed) : { fault: "not_possible" };
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}

/**
 * No plus in front: a national number, or `49171...`. What the region writes like this is national; else its
 * own calling code settles it (libphonenumber would read this one as a number in Leer, area code 0491); else
 * exactly one of the two readings must be valid.
 */
function inRegion(digits: string, country: CountryCode): Msisdn | { fault: PhoneFault } {
  const abroad = validNumber(`+${digits}`);
  const home = validNumber(digits, country);
  if (home && digitsOf(home.formatNational()) === digits) return msisdn(home);
  if (abroad?.countryCallingCode === getCountryCallingCode(country)) return msisdn(abroad);
  if (home && abroad) return { fault: "no_country" };
  const only = home ?? abroad;
  return only ? msisdn(only) : { fault: "not_possible" };
}

function bareAnywhere(digits: string): Msisdn | { fault: PhoneFault } {
  const abroad = digits.length < BARE_MIN_DIGITS ? undefined : validNumber(`+${digits}`);
  const isNational = BARE_NATIONAL.some((c) => validNumber(digits, c));
  return abroad && !isNational ? msisdn(abroad) : { fault: "no_country" };
}

/** Valid, not only possible: German plans, for one, take nearly any run of digits. */
function validNumber(typed: string, country?: CountryCode): PhoneNumber | undefined {
  const parsed = parsePhoneNumberFromString(typed, country);
  return parsed?.isValid() ? parsed : undefined;
}

/** 00 means "abroad" nearly everywhere; where a region dials something longer, as Australia 0011, that holds. */
function dialsOut(digits: string, country: CountryCode | undefined): boolean {
  if (country === undefined) return false;
  const metadata = new Metadata();
  metadata.selectNumberingPlan(country);
  const prefix = metadata.numberingPlan?.IDDPrefix();
  return prefix !== undefined && prefix !== "00" && new RegExp(`^(?:${prefix})`).test(digits);
}

/**
 * Of a senseless number with many zeros the library drops one each time that it is parsed: refused.
 * @param typed what was parsed without a country; if it came out unchanged, it will again
 */
function msisdn(parsed: PhoneNumber, typed?: string): Msisdn | { fault: PhoneFault } {
  const number: string = parsed.number;
  const isStable =
    E164.test(number) && (number === typed || parsePhoneNumberFromString(number)?.number === number);
  return isStable ? (number as Msisdn) : { fault: "not_possible" };
}

function regionOf(region: string | undefined): CountryCode | undefined {
  const upper = region?.toUpperCase();
  return upper !== undefined && isSupportedCountry(upper) ? upper : undefined;
}

export function isRegion(region: string): boolean {
  return isSupportedCountry(region.toUpperCase());
}

/** Calling codes of no country. Source: ITU-T E.164, annex: shared cost, satellites, networks, premium rate. */
const NO_COUNTRY = ["800", "808", "870", "878", "881", "882", "883", "888", "979"];
const CALLING_CODES: ReadonlySet<string> = new Set([
  ...getCountries().map((country) => getCountryCallingCode(country)),
  ...NO_COUNTRY,
]);

export type NumberType = NonNullable<LibraryNumberType>;

/**
 * Country (ISO 3166 alpha-2) and type of a number. Both are undefined where the numbering plans that we have do not
 * know it: networks without a country, and ranges newer than our copy.
 */
export function natureOf(msisdn: Msisdn): { country: string | undefined; type: NumberType | undefined } {
  const parsed = parsePhoneNumberFromString(msisdn);
  return { country: parsed?.country, type: parsed?.getType() };
}

/** Country calling code and the last two digits, the rest hidden: `+49*******67`. */
export function maskMsisdn(msisdn: Msisdn): string {
  const code = callingCodeOf(msisdn);
  const hidden = msisdn.length - 1 - code.length - 2;
  return `+${code}${"*".repeat(hidden)}${msisdn.slice(-2)}`;
}

export function isCallingCode(digits: string): boolean {
  return CALLING_CODES.has(digits);
}

/** One to three digits; none is the beginning of another one, so that no parsing is needed. Source: ITU-T E.164. */
export function callingCodeOf(msisdn: Msisdn): string {
  const starts = [2, 3, 4].map((end) => msisdn.slice(1, end));
  return starts.find((start) => CALLING_CODES.has(start)) ?? "";
}
