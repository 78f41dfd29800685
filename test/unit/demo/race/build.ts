import type { Copy } from "../../../../src/drill/truth.ts";
import type { Call, Score } from "../../../../src/demo/race/score.ts";
import type { Standing } from "../../../../src/demo/race/standing.ts";
import type { RaceResult } from "../../../../src/demo/race/verdict.ts";

export const RECIPIENT = "4915112345678";

export function aCall(given: Partial<Call> = {}): Call {
  return { side: "otpost", recipient: RECIPIENT, intendedAt: 0, ...given };
}

export function aCopy(given: Partial<Copy> = {}): Copy {
  const sent = { route: "seven-sms", at: 100, handsetAt: 400, reported: "delivered" } as const;
  return { ...sent, broken: false, price: 0.075, ...given };
}

export function aScore(given: Partial<Score> = {}): Score {
  return {
    people: 0,
    haveCode: 0,
    stuck: 0,
    hanging: 0,
    hangingMost: 0,
    longestCallMs: 0,
    p50Ms: undefined,
    p95Ms: undefined,
    sms: 0,
    telegram: 0,
    eur: 0,
    usd: 0,
    cameAtMs: [],
    ...given,
  };
}

const DIRECT = aScore({
  people: 200,
  haveCode: 151,
  stuck: 27,
  hanging: 35,
  hangingMost: 37,
  longestCallMs: 8_000,
  p50Ms: 310,
  p95Ms: Number.POSITIVE_INFINITY,
  sms: 204,
  eur: 15.3,
  cameAtMs: [100, 30_000],
});
const OTPOST = aScore({
  people: 200,
  haveCode: 188,
  longestCallMs: 48,
  p50Ms: 320,
  p95Ms: 9_840,
  sms: 140,
  telegram: 70,
  eur: 10.5,
  usd: 0.7,
  cameAtMs: [100, 100, 39_000],
});

export function aStanding(given: Partial<Standing> = {}): Standing {
  return {
    seed: 7,
    headline: "seven is dark: it takes the call and never answers",
    atMs: 40_200,
    forMs: 60_000,
    mostMs: 80_000,
    scores: { direct: DIRECT, otpost: OTPOST },
    ...given,
  };
}

export function aResult(given: Partial<RaceResult> = {}): RaceResult {
  const { scores } = aStanding();
  return { seed: 7, seconds: 60, silenceMs: 8_000, reach: 0.9, scores, lost: 0, duplicates: 0, ...given };
}
