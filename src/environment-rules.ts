import type { Settings } from "./config.ts";
import { DEFAULT_RULES, type RouteRules } from "./core/rules.ts";
import { withPrice } from "./prices.ts";
import type { Ground } from "./policy/ground.ts";
import type { ConfiguredProvider } from "./providers/provider.ts";

/** What the environment says of routes, and the order in which it would have them tried. */
export function orderedRules(
  settings: Settings,
  builtIn: readonly ConfiguredProvider[],
  files: readonly ConfiguredProvider[],
): Pick<Ground, "rules" | "order"> {
  const rulesOf = [
    ...builtIn.map((p) => withSilence(p.rules, settings)),
    // A file says itself how long its route's silence may last, but for countries that have their own.
    ...files.map((p) => withCountries(p.rules, settings)),
  ];
  const known = new Map(
    rulesOf.map((route) => [route.id, { ...withPrice(route, settings.PRICES), reports: settings.REPORTS }]),
  );
  // The sandbox only pretends: it serves where somebody named it.
  const real = [...known.values()].filter((route) => route.channel !== "sandbox").map((route) => route.id);
  const rules = Object.freeze({ ...DEFAULT_RULES, routes: known });
  return { rules, order: Object.freeze(settings.ROUTES ?? real) };
}

function withSilence(rules: RouteRules, settings: Settings): RouteRules {
  if (rules.silenceMs === undefined) return rules;
  if (rules.channel !== "sms") return { ...rules, silenceMs: settings.TELEGRAM_SILENCE_MS };
  return withCountries({ ...rules, silenceMs: settings.SMS_SILENCE_MS }, settings);
}

function withCountries(rules: RouteRules, { SMS_SILENCE_MS_BY_COUNTRY: known }: Settings): RouteRules {
  return known === undefined ? rules : { ...rules, silenceMsByCallingCode: known };
}
