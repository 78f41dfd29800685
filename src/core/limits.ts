import { type Attempt, type Delivery, isPaid } from "./delivery.ts";
import { type Msisdn, natureOf, type NumberType } from "./phone.ts";
import { countSegments, type Content } from "./message.ts";
import type { RouteRules } from "./rules.ts";

/** What a client may send, and what it costs until the provider has said so. What is unset has no limit. */
export type ClientLimits = {
  /** New deliveries on a UTC day. */
  perDay?: number | undefined;
  /** EUR micros on a UTC day. */
  spendMicros?: number | undefined;
  /** ISO 3166 alpha-2 codes of the only countries that are sent to. */
  countries?: readonly string[] | undefined;
  /** Numbers whose country cannot be told are sent to in spite of the list. */
  allowOther?: boolean | undefined;
  /** False: nothing is sent to fixed lines. */
  fixedLine?: boolean | undefined;
};

export type PolicyRefusal = "country" | "number_type";

/**
 * Types that no person receives codes on, or that earn money for whoever answers. Personal numbers (070 in Great
 * Britain, 0700 in Germany) forward at the caller's cost. Voice over IP is left alone: many real people use it.
 */
const REFUSED_TYPES: ReadonlySet<NumberType> = new Set<NumberType>([
  "PREMIUM_RATE",
  "SHARED_COST",
  "TOLL_FREE",
  "UAN",
  "PAGER",
  "VOICEMAIL",
  "PERSONAL_NUMBER",
]);

/** Why nothing may be sent to this number for this client. A type that is not known yet is no reason. */
export function policyRefusal(recipient: Msisdn, limits: ClientLimits = {}): PolicyRefusal | undefined {
  const { country, type } = natureOf(recipient);
  if (limits.countries) {
    const isListed = country === undefined ? limits.allowOther === true : limits.countries.includes(country);
    if (!isListed) return "country";
  }
  if (type === undefined) return undefined;
  return REFUSED_TYPES.has(type) || (type === "FIXED_LINE" && limits.fixedLine === false)
    ? "number_type"
    : undefined;
}

/** Numbers that differ in these digits only are neighbours. */
const NEIGHBOUR_DIGITS = 4;

export function walkedPrefix(recipient: Msisdn): string {
  return recipient.slice(0, -NEIGHBOUR_DIGITS);
}

const DAY_MS = 86_400_000;

/** The UTC day of an instant, named by its number since 1970, for a bill is easier to compare where every client has the same one. */
export function dayOf(at: number): { name: string; endsAt: number } {
  const day = Math.floor(at / DAY_MS);
  return { name: String(day), endsAt: (day + 1) * DAY_MS };
}

/** What one part of a message is expected to cost, EUR micros. */
export type RoutePrice = { usualMicros: number; byCallingCode: ReadonlyMap<string, number> };

/** @param callingCode digits, without the plus @returns EUR micros */
export function expectedMicros(
  { channel, price }: Pick<RouteRules, "channel" | "price">,
  callingCode: string,
  { text }: Content,
): number {
  if (!price) return 0;
  const each = price.byCallingCode.get(callingCode) ?? price.usualMicros;
  return channel === "sms" ? each * countSegments(text).segments : each;
}

/**
 * What a delivery costs as far as is known: the provider's price where it named one in euros, else the expected
 * one, for every attempt that may be billed and the one that is planned. Follows from the record alone, so that
 * the difference between two versions corrects the client's sum exactly once.
 * @returns EUR micros; 0 where no sum is kept
 */
export function spentMicros(delivery: Delivery): number {
  const { plan, prices, attempts, next } = delivery;
  if (!prices) return 0;
  const expected = (route: string) => prices[plan.indexOf(route)] ?? 0;
  const kept = attempts.filter((a) => isPaid(a) && a.refundedAt === undefined);
  const billed = kept.map((attempt) => inEuros(attempt) ?? expected(attempt.route));
  return billed.reduce((sum, micros) => sum + micros, next ? expected(next.route) : 0);
}

/** No rate of exchange is known here: a price in another currency leaves the expected one in force. */
function inEuros({ cost }: Attempt): number | undefined {
  return cost?.currency === "EUR" ? cost.micros : undefined;
}

/** The moment at which a login is known to have reached a person: that number is somebody's. */
export function provesNumber(before: Delivery, after: Delivery): boolean {
  return after.purpose === "login" && hasArrived(after) && !hasArrived(before);
}

function hasArrived({ state }: Delivery): boolean {
  return state === "delivered" || state === "verified";
}
