import type { Ready } from "./service.ts";

type Request = { url: string; init: RequestInit & { method: string } };

const WORDS = [
  "to",
  "code",
  "text",
  "routes",
  "validForMs",
  "expiresAt",
  "purpose",
  "__proto__",
  "constructor",
  "x",
];
const SCRAPS = [
  "\u202e",
  "\u0000",
  "\ud83d",
  "💥",
  "+49",
  "0151",
  "all",
  ",",
  ";",
  "' OR 1=1 --",
  "../..",
  "%00",
  "{{7*7}}",
  "<script>",
  "٤٩",
  "\r\nX: y",
  "NaN",
];
const PATHS = [
  "/v1/deliveries",
  "/v1/deliveries/",
  "/compat/playsms",
  "/reports/seven/",
  "/v1",
  "/docs/x",
  "/%2e%2e/",
  "//",
];

/**
 * The same requests for the same seed. None of them is valid: a body never has a whole number beside a whole
 * code, a report never has the right address.
 */
export function seededRubbish(
  seed: number,
  { publicUrl, apiKey }: Pick<Ready, "publicUrl" | "apiKey">,
): () => Request {
  const random = mulberry32(seed);
  const upTo = (n: number) => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]): T => list[upTo(list.length)]!;
  const scrap = () => Array.from({ length: 1 + upTo(6) }, () => pick(SCRAPS)).join("");
  const value = (depth: number): unknown => {
    const kinds = [
      () => scrap(),
      () => upTo(1e9),
      () => -random(),
      () => null,
      () => random() < 0.5,
      () => (depth > 3 ? [] : Array.from({ length: upTo(4) }, () => value(depth + 1))),
      () => (depth > 3 ? {} : fields(depth + 1)),
    ];
    return pick(kinds)();
  };
  const fields = (depth: number) =>
    Object.fromEntries(Array.from({ length: upTo(5) }, () => [pick([...WORDS, scrap()]), value(depth)]));
  const body = () => {
    const text = JSON.stringify(value(0));
    const spoils = [
      (t: string) => t,
      (t: string) => t.slice(0, upTo(t.length)),
      (t: string) => t + pick(SCRAPS),
    ];
    return pick(spoils)(text);
  };
  const post = (): Request => {
    const types = [
      "application/json",
      "application/json; charset=utf-8",
      "text/plain",
      "application/x-www-form-urlencoded",
    ];
    // Mostly the right key: what is behind it shall be met.
    const authorization = random() < 0.95 ? `Bearer ${apiKey}` : undefined;
    const headers = {
      "content-type": random() < 0.9 ? types[0]! : pick(types),
      ...(authorization ? { authorization } : {}),
    };
    return { url: `${publicUrl}/v1/deliveries`, init: { method: "POST", headers, body: body() } };
  };
  const elsewhere = (): Request => {
    const method = pick(["GET", "POST", "PUT", "DELETE", "PATCH"]);
    const url = `${publicUrl}${pick(PATHS)}${encodeURIComponent(plain(scrap()))}?${pick(WORDS)}=${encodeURIComponent(plain(scrap()))}`;
    const headers = { authorization: `Bearer ${apiKey}` };
    return { url, init: { method, headers, ...(method === "GET" ? {} : { body: body() }) } };
  };
  return () => (random() < 0.6 ? post() : elsewhere());
}

/** encodeURIComponent takes no half of a pair. */
function plain(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "?");
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
