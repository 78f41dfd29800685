import { isCallingCode } from "./core/phone.ts";
import type { Channel, RouteRules } from "./core/rules.ts";

/** What messages are expected to cost: PRICES, and what holds where it is silent. */

/** EUR micros. Upper ends of what is usual in Europe: a spend cap that ends too early is told, a bill is not. */
const USUAL_MICROS: Record<Channel, number> = { sms: 100_000, telegram: 10_000, sandbox: 0 };

const ENTRY = /^([A-Za-z0-9_-]{1,64})(?:\/\+?(\d{1,3}))?=(\d{1,3}(?:\.\d{1,6})?)$/;

/** One entry of PRICES; `route` is undefined where it cannot be read. */
export type Price = { route: string | undefined; callingCode: string | undefined; micros: number };

/** `seven-sms=0.075,seven-sms/41=0.055`: euros for one message, of SMS for one part of it. */
export function pricesIn(entries: readonly string[]): Price[] {
  return entries.map((entry) => {
    const [, route, callingCode, euros] = ENTRY.exec(entry) ?? [];
    return { route, callingCode, micros: Math.round(Number(euros ?? 0) * 1_000_000) };
  });
}

/**
 * A route that is not served is no fault: commands run without the keys of providers, and twins bring their own.
 * @returns a sentence for the list of faults, without what was written
 */
export function priceFault({ route, callingCode }: Price): string[] {
  if (route === undefined) return ["PRICES: must be a list such as seven-sms=0.075,seven-sms/41=0.055"];
  return callingCode === undefined || isCallingCode(callingCode)
    ? []
    : [`PRICES: ${callingCode} is no country's calling code`];
}

export function withPrice(rules: RouteRules, prices: readonly Price[]): RouteRules {
  const own = prices.filter(({ route }) => route === rules.id);
  const usual = own.find(({ callingCode }) => callingCode === undefined);
  const byCallingCode = new Map(
    own.flatMap(({ callingCode, micros }) => (callingCode === undefined ? [] : [[callingCode, micros]])),
  );
  return { ...rules, price: { usualMicros: usual?.micros ?? USUAL_MICROS[rules.channel], byCallingCode } };
}
