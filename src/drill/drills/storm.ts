import { type Arrival, crowd, growing } from "../arrivals.ts";
import type { Drill } from "../drill.ts";
import type { Evidence } from "../evidence.ts";
import type { Figures } from "../figures.ts";
import { mostInAny, percentile, perWindow } from "../statistics.ts";

/** What the account may send, and what the service is told so; the default of seven's contracts. */
const LIMIT = 10;
/** Long enough that one late call is no breach, short enough to see a lane that stalls. */
const WINDOW_MS = 10_000;
/** The lane counts as backed up until so many of its sends were made; what straggles behind are retries. */
const BACKLOG_SHARE = 0.98;

type Times = { from: number; to: number; forMs: number; validForMs: number; settleMs: number };
const FULL: Times = { from: 100, to: 1_000, forMs: 60_000, validForMs: 300_000, settleMs: 380_000 };
const SHORT: Times = { from: 20, to: 100, forMs: 6_000, validForMs: 60_000, settleMs: 40_000 };

/** Monday at nine: a hundred times more codes than the account can send. */
export const storm: Drill = {
  name: "storm",
  shows: "100 to 1,000 codes per second for a minute on an account of 10 per second",
  promises: [
    { says: "the answer comes within 1.2 s (p99)", figure: "acceptP99", bound: { atMost: 1_200 } },
    { says: "the account is used: 95 % of its rate", figure: "rateLeast", bound: { atLeast: 0.95 * LIMIT } },
    { says: "and never overdrawn in 10 s", figure: "rateMost", bound: { atMost: LIMIT + 0.1 } },
    { says: "nor in any second", figure: "rateSecond", bound: { atMost: LIMIT + 1 } },
    { says: "what is acked arrives while it lives", figure: "inLife", bound: { atLeast: 0.99 } },
    { says: "what cannot be served is refused with 503", figure: "refusedOtherwise", bound: { atMost: 0 } },
    { says: "nothing refused is sent", figure: "ghosts", bound: { atMost: 0 } },
    { says: "nothing is lost", figure: "lost", bound: { atMost: 0 } },
    { says: "nothing is sent after its expiry", figure: "stale", bound: { atMost: 0 } },
    { says: "no code is sent twice on a route", figure: "duplicates", bound: { atMost: 0 } },
  ],
  runs: [{ name: "storm", means: "one service with a second worker process" }],
  plan: ({ short, seed }) => {
    const { validForMs, settleMs, ...rate } = short ? SHORT : FULL;
    const next = crowd(seed);
    return {
      phases: [
        {
          atMs: 0,
          name: "storm",
          seven: { ratePerSecond: LIMIT },
          telegram: { floodPerSecond: 50, reach: 0.16 },
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
  const accepts = taken.flatMap((e) => (e.event === "accepted" && e.provider === "seven" ? [e.at] : []));
  const fromAt = Math.min(...accepts) + 1_000;
  const toAt = percentile(accepts, BACKLOG_SHARE) ?? fromAt;
  const windows = perWindow(accepts, { fromAt, toAt, windowMs: WINDOW_MS });
  const perSecond = (count: number) => count / (WINDOW_MS / 1_000);
  return windows.length === 0
    ? { rateSecond: mostInAny(accepts, 1_000) }
    : {
        rateLeast: perSecond(Math.min(...windows)),
        rateMost: perSecond(Math.max(...windows)),
        rateSecond: mostInAny(accepts, 1_000),
      };
}
