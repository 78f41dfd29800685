import type { Redis } from "ioredis";
import { z } from "zod";
import type { OperatorWord } from "../core/operator-word.ts";
import type { Keys } from "./keys.ts";
import { defineScript } from "./script.ts";
import { reachable } from "./unavailable.ts";

/** KEYS words   ARGV 1 route   returns the word that was there */
const TAKE_BACK = `
local word = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
return word
`;

/** Every process sees a word run out; Redis' clock says when it is gone, and one of them is told that it did it. */
/** KEYS words   ARGV 1 route, 2 the word as seen, 3 its end in epoch ms   returns 1 when this call removed it */
const DROP_RUN_OUT = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
if redis.call('TIME')[1] * 1000 < tonumber(ARGV[3]) then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
`;

/** KEYS rests   ARGV 1 route, 2 end in epoch ms, 3 life of the key in ms   returns the end that was there, or 0 */
const REST = `
local known = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') or 0
if tonumber(ARGV[2]) > known then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return known
`;

/** Above the longest rest. */
const RESTS_TTL_MS = 120_000;

const wordSchema: z.ZodType<OperatorWord> = z.object({
  kind: z.enum(["stopped", "forced"]),
  by: z.string(),
  why: z.string(),
  since: z.number(),
  until: z.number(),
});

export type StoredWord = { word: OperatorWord; raw: string };

export type OrderStore = ReturnType<typeof createOrderStore>;

/** What operators and providers ordered for routes: two small hashes with a field for each route. */
export function createOrderStore(client: Redis, keys: Keys) {
  const takeBack = defineScript(client, "takeBackWord", TAKE_BACK);
  const dropRunOut = defineScript(client, "dropWord", DROP_RUN_OUT);
  const rest = defineScript(client, "restRoute", REST);
  return {
    words: (): Promise<Map<string, StoredWord>> =>
      reachable(async () => {
        const entries = Object.entries(await client.hgetall(keys.routeWords));
        return new Map(entries.flatMap(([route, raw]) => stored(route, raw)));
      }),
    word: (route: string): Promise<OperatorWord | undefined> =>
      reachable(async () => parseWord(await client.hget(keys.routeWords, route))),
    /** The newest word replaces the one before. */
    say: (route: string, word: OperatorWord) =>
      reachable(async () => void (await client.hset(keys.routeWords, route, JSON.stringify(word)))),
    /** @returns the word that held, or had run out a moment ago */
    takeBack: (route: string): Promise<OperatorWord | undefined> =>
      reachable(async () => {
        const raw = await takeBack([keys.routeWords], [route]);
        return parseWord(typeof raw === "string" ? raw : null);
      }),
    /** @returns whether this call removed it */
    dropRunOut: (route: string, { word, raw }: StoredWord) =>
      reachable(async () => (await dropRunOut([keys.routeWords], [route, raw, word.until])) === 1),
    rests: (): Promise<Map<string, number>> =>
      reachable(async () => {
        const entries = Object.entries(await client.hgetall(keys.routeRests));
        return new Map(entries.map(([route, end]) => [route, Number(end) || 0]));
      }),
    /** A rest is only ever made longer. @returns the end that was known before */
    rest: (route: string, endsAt: number) =>
      reachable(async () => Number(await rest([keys.routeRests], [route, Math.round(endsAt), RESTS_TTL_MS]))),
  };
}

function stored(route: string, raw: string): [string, StoredWord][] {
  const word = parseWord(raw);
  return word ? [[route, { word, raw }]] : [];
}

/** What no version of ours wrote is no word: a damaged value must not stop a route. */
function parseWord(raw: string | null): OperatorWord | undefined {
  try {
    return wordSchema.safeParse(JSON.parse(raw ?? "")).data;
  } catch {
    return undefined;
  }
}
