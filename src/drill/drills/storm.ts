import { type Arrival, crowd, growing } from "../arrivals.ts";
import type { Drill } from "../drill.ts";
import type { Evidence } from "../evidence.ts";
import type { Figures } from "../figures.ts";
import { mostInAny, percentile, perWindow } from "../statistics.ts";
import { SECOND_SMS, THREE_RUNS } from "./three-runs.ts";

/** What the account may send, and what the service is told so; the default of seven's contracts. */
const LIMIT = 10;
/** Long enough that one late call is no breach, short enough to see a lane that stalls. */
const WINDOW_MS = 10_000;
/** The lane counts as backed up until so many of its sends were made; what straggles behind are retries. */
const BACKLOG_SHARE = 0.98;

type Times = { from: number; to: number; forMs: number; validForMs: number; settleMs: number };
const FULL: Times = { from: 100, to: 1_000, forMs: 60_000, validForMs: 300_000, settleMs: 380_000 };
/** Arrivals outlast a window of the rate: with Telegram for all, seven's line ends soon after the last of them. */
const SHORT: Times = { from: 20, to: 100, forMs: 16_000, validForMs: 60_000, settleMs: 40_000 };

/** Monday at nine: a hundred times more codes than the account can send. */
export const storm: Drill = {
  name: "storm",
  longestMin: 23,
  shows: "100 to 1,000 codes per second for a minute on an account of 10 per second",
  promises: [
    { says: "the answer comes within 1.2 s (p99)", figure: "acceptP99", bound: { atMost: 1_200 } },
    { says: "the account is used: 95 % of its rate", figure: "rateLeast", bound: { atLeast: 0.95 * LIMIT } },
    { says: "and never overdrawn in 10 s", figure: "rateMost", bound: { atMost: LIMIT + 0.1 } },
    { says: "nor in any second", figure: "rateSecond", bound: { atMost: LIMIT + 1 } },
    {
      says: "the second SMS account is used as well",
      columns: [SECOND_SMS],
      figure: "copiesGatewayapi",
      bound: { atLeast: 1 },
    },
    {
      says: "and not overdrawn in any second either",
      columns: [SECOND_SMS],
      figure: "rateSecondGatewayapi",
      bound: { atMost: LIMIT + 1 },
    },
    // Of those acked: what no route can carry in time is refused, and `share refused` says how much that is.
    { says: "what is acked arrives while it lives", figure: "inLife", bound: { atLeast: 0.99 } },
    { says: "what cannot be served is refused with 503", figure: "refusedOtherwise", bound: { atMost: 0 } },
    { says: "nothing refused is sent", figure: "ghosts", bound: { atMost: 0 } },
    { says: "nothing is lost", figure: "lost", bound: { atMost: 0 } },
    { says: "nothing is sent after its expiry", figure: "stale", bound: { atMost: 0 } },
    { says: "no code is sent twice on a route", figure: "duplicates", bound: { atMost: 0 } },
  ],
  runs: THREE_RUNS,
  plan: ({ short, seed }) => {
    const { validForMs, settleMs, ...rate } = short ? SHORT : FULL;
    const next = crowd(seed);
    return {
      phases: [
        {
          atMs: 0,
          name: "storm",
          seven: { ratePerSecond: LIMIT },
          telegram: { floodPerSecond: 50 },
          gatewayapi: { ratePerSecond: LIMIT },
        },
      ],
      arrivals: growing(rate).map(
        (atMs): Arrival => ({ ...next(), who: "storm", atMs, via: "otpost", validForMs }),
      ),
      // The account's rate is one for all processes: a second worker must not double it.
      settings: { SEVEN_MAX_PER_SECOND: String(LIMIT) },
      extraWorkers: 1,
      settleMs,
    };
  },
  extra: rates,
};

/** seven's accepts while its lane had a backlog: without the start and the last stragglers. */
function rates({ taken }: Evidence): Figures {
  const acceptsOf = (provider: "seven" | "gatewayapi") =>
    taken.flatMap((e) => (e.event === "accepted" && e.provider === provider ? [e.at] : []));
  const accepts = acceptsOf("seven");
  const seconds = {
    rateSecond: mostInAny(accepts, 1_000),
    rateSecondGatewayapi: mostInAny(acceptsOf("gatewayapi"), 1_000),
  };
  const fromAt = Math.min(...accepts) + 1_000;
  const toAt = percentile(accepts, BACKLOG_SHARE) ?? fromAt;
  const windows = perWindow(accepts, { fromAt, toAt, windowMs: WINDOW_MS });
  const perSecond = (count: number) => count / (WINDOW_MS / 1_000);
  return windows.length === 0
    ? seconds
    : {
        rateLeast: perSecond(Math.min(...windows)),
        rateMost: perSecond(Math.max(...windows)),
        ...seconds,
      };
}
