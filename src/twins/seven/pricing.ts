import { text } from "../params.ts";
import type { Call } from "./call.ts";

/** Source of the price: docs.seven.io, account sample; every network of a country costs the same. */
const COUNTRIES = [
  { countryCode: "DE", countryName: "Germany", countryPrefix: "49", mcc: "262", mncs: ["01", "02", "03"] },
  { countryCode: "AT", countryName: "Austria", countryPrefix: "43", mcc: "232", mncs: ["01", "03", "05"] },
];
const PRICE_EUR = 0.075;

/** `/pricing`: a small excerpt, enough to read a price per country from. */
export function answerPricing({ c, params }: Call): Response {
  const wanted = text(params, "country")?.toUpperCase();
  const countries = COUNTRIES.filter(({ countryCode }) => wanted === undefined || countryCode === wanted).map(
    ({ mcc, mncs, ...country }) => ({
      ...country,
      networks: [{ mcc, mncs, networkName: "All", price: PRICE_EUR, features: [], comment: "" }],
    }),
  );
  return c.json({ countCountries: countries.length, countNetworks: countries.length, countries });
}
