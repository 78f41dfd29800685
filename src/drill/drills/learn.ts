import { missesToLeave, ORDER } from "../../core/route-order.ts";
import { type Arrival, crowd, evenly } from "../arrivals.ts";
import type { Drill, Promised } from "../drill.ts";

const VALID_MS = 300_000;
const FIXED = "fixed";
const AUTO = "auto";
/** Both countries have as much traffic. */
const PER_SECOND = 8;

const WELL = "+49 well";
const LEARNING = "+49 learning";
const FAILING = "+49 failing";
const AGAIN = "+49 again";
const OTHER = "+43";
const auto = (...groups: string[]) => groups.map((group) => `${AUTO}, ${group}`);

type Times = { wellMs: number; failingMs: number; returnMs: number; againMs: number };
const FULL: Times = { wellMs: 15_000, failingMs: 30_000, returnMs: 170_000, againMs: 15_000 };
/** Too short for the return: 30 probes of one code in twenty take longer. */
const SHORT: Times = { wellMs: 6_000, failingMs: 24_000, returnMs: 4_000, againMs: 0 };

/** The twin's report after 0.3 s, its way through the settle lane, told within 1 s, read within 2 s; a busy machine. */
const KNOWN_AFTER_MS = 6_000;

/**
 * Codes of the failing country that may still begin on its route: the misses until it is left, reckoned with the
 * most that may have arrived before and a rival of which nothing is known, and those that begin before a miss is
 * known.
 */
export function learnsWithin({ wellMs }: Pick<Times, "wellMs">): number {
  const arrived = (PER_SECOND * wellMs) / 1_000;
  const misses = missesToLeave({ before: 1, arrived, rival: ORDER.expected });
  return misses + (PER_SECOND * KNOWN_AFTER_MS) / 1_000;
}

const zero = (says: string, figure: Promised["figure"]): Promised => ({ says, figure, bound: { atMost: 0 } });

/** seven takes everything, and in one country nothing arrives: its reports say so at once. */
export const learn: Drill = {
  name: "learn",
  longestMin: 10,
  shows: "one route fails for one country: the order by measurement leaves it there, and comes back",
  promises: [
    {
      says: `after ${learnsWithin(FULL)} codes the country begins elsewhere, but for probes`,
      columns: auto(FAILING),
      figure: "spilled",
      bound: { atLeast: 0.88 },
    },
    {
      says: "and a code costs one message, not two",
      columns: auto(FAILING),
      figure: "copiesEach",
      bound: { atMost: 1.12 },
    },
    {
      says: "the other country stays where it is, but for probes",
      columns: auto(OTHER),
      figure: "spilled",
      bound: { atMost: 0.1 },
    },
    {
      says: "once the route is well again the country comes back",
      columns: auto(AGAIN),
      figure: "spilled",
      bound: { atMost: 0.15 },
    },
    { says: "everybody has the code while it lives", figure: "inLife", bound: { atLeast: 1 } },
    zero("nothing is lost", "lost"),
    zero("no code is sent twice on a route", "duplicates"),
  ],
  runs: [
    {
      name: FIXED,
      means: "ROUTE_ORDER=fixed: seven first, GatewayAPI after it, dearer in +49",
      secondSms: true,
    },
    { name: AUTO, means: "ROUTE_ORDER=auto: the same routes and prices", secondSms: true },
  ],
  plan: ({ short, seed, run }) => {
    const times = short ? SHORT : FULL;
    const well = { ratePerSecond: 0, priceByPrefix: { "49": 0.075, "43": 0.09 } };
    const [failsAt, wellAt] = [times.wellMs, times.wellMs + times.failingMs];
    return {
      phases: [
        { atMs: 0, name: "well", seven: well, gatewayapi: DEARER },
        {
          atMs: failsAt,
          name: "nothing arrives in +49",
          seven: { ...well, reportsByPrefix: { "49": "undelivered" } },
          gatewayapi: DEARER,
        },
        { atMs: wellAt, name: "well again", seven: { ...well, reportsByPrefix: {} }, gatewayapi: DEARER },
      ],
      arrivals: people(seed, times),
      settings: {
        ROUTES: "seven-sms,gatewayapi-sms",
        ROUTE_ORDER: run.name,
        SEVEN_MAX_PER_SECOND: "200",
      },
      extraWorkers: 0,
      settleMs: short ? 15_000 : 45_000,
    };
  },
};

const DEARER = { ratePerSecond: 0, priceByPrefix: { "49": 0.1, "43": 0.09 } };

function people(seed: number, times: Times): Arrival[] {
  const [german, austrian] = [crowd(seed), crowd(seed, "+43660")];
  const { wellMs, failingMs, returnMs, againMs } = times;
  const forMs = wellMs + failingMs + returnMs + againMs;
  const learnedMs = wellMs + (learnsWithin(times) * 1_000) / PER_SECOND;
  const groupAt = (atMs: number) => {
    if (atMs < wellMs) return WELL;
    if (atMs >= learnedMs && atMs < wellMs + failingMs) return FAILING;
    return atMs >= wellMs + failingMs + returnMs ? AGAIN : LEARNING;
  };
  const ask = { via: "otpost", validForMs: VALID_MS } as const;
  return evenly({ perSecond: PER_SECOND, forMs }).flatMap((atMs): Arrival[] => [
    { ...german(), ...ask, who: groupAt(atMs), atMs },
    { ...austrian(), ...ask, who: OTHER, atMs },
  ]);
}
