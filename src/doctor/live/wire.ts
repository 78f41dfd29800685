import { z } from "zod";
import type { Msisdn } from "../../core/phone.ts";
import type { Answer, Caller } from "../../providers/call.ts";
import { parseJson } from "../../providers/said.ts";
import { sevenSignedHeaders } from "../../providers/seven-signature.ts";

/** seven's interface as it is, without the tolerance of the adapter: every form is looked at, none is hidden. */

export type Heard = Answer & { tookMs: number };

export type Wire = {
  /** undefined: no answer, so a message may have been taken. */
  send: (body: SmsBody, signed: boolean) => Promise<Heard | undefined>;
  /** @param key another one than ours; @param signature none, the right or a wrong one */
  balance: (how: { key?: string; signature?: "right" | "wrong" }) => Promise<Heard | undefined>;
  journal: (to: Msisdn) => Promise<Heard | undefined>;
  pricing: () => Promise<Heard | undefined>;
};

export type SmsBody = { to: Msisdn; text: string; foreign_id: string; ttl: number; from?: string };

type WireDeps = {
  call: Caller["call"];
  baseUrl: string;
  apiKey: string;
  signingKey: string | undefined;
  now: () => number;
  signal: AbortSignal;
};

const SMS_PATH = "/api/sms";
const BALANCE_PATH = "/api/balance";
/** Prices of all networks of the world. */
const PRICING_MAX_BYTES = 8_388_608;
const JOURNAL_MAX_BYTES = 1_048_576;
const ROWS = "25";

export function createWire({ call, baseUrl, apiKey, signingKey, now, signal }: WireDeps): Wire {
  const headers = (key = apiKey) => ({
    "x-api-key": key,
    accept: "application/json",
    "content-type": "application/json",
  });
  const heard = async (request: Parameters<Caller["call"]>[0]): Promise<Heard | undefined> => {
    const startedAt = performance.now();
    const result = await call(request, signal);
    if (result.kind !== "answer") return undefined;
    return { ...result, tookMs: Math.round(performance.now() - startedAt) };
  };
  const signature = (method: string, path: string, body: string, key = signingKey) =>
    key === undefined ? {} : sevenSignedHeaders(key, { method, url: baseUrl + path, body }, now());
  return {
    send: (sms, signed) => {
      const body = JSON.stringify(sms);
      const proof = signed ? signature("POST", SMS_PATH, body) : {};
      return heard({ method: "POST", path: SMS_PATH, headers: { ...headers(), ...proof }, body });
    },
    balance: ({ key, signature: kind }) => {
      const wrong = `${signingKey ?? "none"}-not`;
      const proof = kind ? signature("GET", BALANCE_PATH, "", kind === "right" ? signingKey : wrong) : {};
      return heard({ method: "GET", path: BALANCE_PATH, headers: { ...headers(key), ...proof } });
    },
    journal: (to) => {
      const query = new URLSearchParams({ to: to.slice(1), limit: ROWS }).toString();
      const path = `/api/journal/outbound?${query}`;
      return heard({ method: "GET", path, headers: headers(), maxBytes: JOURNAL_MAX_BYTES });
    },
    pricing: () =>
      heard({ method: "GET", path: "/api/pricing", headers: headers(), maxBytes: PRICING_MAX_BYTES }),
  };
}

const pricingSchema = z.object({
  countries: z.array(
    z.object({
      countryPrefix: z.union([z.string(), z.number()]).transform(String),
      networks: z.array(z.object({ price: z.union([z.string(), z.number()]).transform(Number) })),
    }),
  ),
});

/** The dearest network of the number's country, EUR micros; undefined where no list of prices can be read. */
export function priceIn(answer: Heard | undefined, to: Msisdn): number | undefined {
  const read = pricingSchema.safeParse(parseJson(answer?.body ?? ""));
  const fitting = (read.data?.countries ?? [])
    .filter(({ countryPrefix }) => to.slice(1).startsWith(countryPrefix))
    .toSorted((a, b) => b.countryPrefix.length - a.countryPrefix.length);
  const prices = fitting[0]?.networks.flatMap(({ price }) => (price >= 0 ? [price] : [])) ?? [];
  return prices.length === 0 ? undefined : Math.round(Math.max(...prices) * 1_000_000);
}
