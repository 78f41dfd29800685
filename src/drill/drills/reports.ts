import { crowd, evenly } from "../arrivals.ts";
import type { Drill } from "../drill.ts";
import type { Evidence } from "../evidence.ts";
import type { Figures } from "../figures.ts";

/** Failing messages end at once, so only their reports bound the run. */
const VALID_MS = 120_000;
/** Every fifth code goes by Telegram, whose reports have other forms and another signature. */
const TELEGRAM_EVERY = 5;

/** Shares of one message's reports. Source: the drill's own choice; no provider publishes such figures. */
const CHAOS = { doubled: 0.1, reordered: 0.1, before: 0.05, stray: 0.02, forged: 0.01 };
/** Some messages do fail, or "delivered" would always be right. */
const FAILING = { undelivered: 0.05, rejected: 0.03 };

/** Reports come twice, in the wrong order, too early, about strangers, and from forgers. */
export const reports: Drill = {
  name: "reports",
  longestMin: 3,
  shows:
    "10 % of the reports come twice, 10 % disordered, 5 % before the answer, 2 % for strangers, 1 % forged",
  promises: [
    { says: "every final state is the provider's truth", figure: "untruthful", bound: { atMost: 0 } },
    { says: "every delivery ends", figure: "open", bound: { atMost: 0 } },
    {
      says: "no forged report is taken",
      columns: ["by seven"],
      figure: "forgedTaken",
      bound: { atMost: 0 },
    },
    {
      says: "the drill did forge some",
      columns: ["by seven"],
      figure: "forgedPosted",
      bound: { atLeast: 1 },
    },
    { says: "nothing is lost", figure: "lost", bound: { atMost: 0 } },
    { says: "no code is sent twice on a route", figure: "duplicates", bound: { atMost: 0 } },
  ],
  runs: [{ name: "reports", means: "one service, both providers misreporting" }],
  plan: ({ short, seed }) => {
    const next = crowd(seed);
    const pace = short ? { perSecond: 50, forMs: 6_000 } : { perSecond: 40, forMs: 60_000 };
    return {
      phases: [
        {
          atMs: 0,
          name: "reports in disorder",
          seven: { ratePerSecond: 0, reportShares: { ...CHAOS, ...FAILING } },
          telegram: { reportShares: CHAOS },
        },
      ],
      arrivals: evenly(pace).map((atMs, n) => ({
        ...next(),
        ...(n % TELEGRAM_EVERY === TELEGRAM_EVERY - 1
          ? { who: "by Telegram", routes: ["telegram-gateway"] }
          : { who: "by seven", routes: ["seven-sms"] }),
        atMs,
        via: "otpost",
        validForMs: VALID_MS,
      })),
      settings: { SEVEN_MAX_PER_SECOND: "200" },
      extraWorkers: 0,
      // A report that a busy service answered with an error comes again after a minute.
      settleMs: 80_000,
    };
  },
  extra: forgeries,
};

/** Both providers' forged reports; the first answer counts, for a forger does not come back. */
function forgeries({ taken }: Evidence): Figures {
  const forged = taken.filter((entry) => entry.event === "report" && entry.forged);
  const first = forged.filter((entry) => entry.event === "report" && entry.attempt === 1);
  const isTaken = (answer: unknown) => typeof answer === "number" && answer < 400;
  const honest = taken.filter((entry) => entry.event === "report" && !entry.forged);
  return {
    reportsAgain: honest.filter((entry) => entry.event === "report" && !isTaken(entry.answer)).length,
    forgedPosted: first.length,
    forgedTaken: forged.filter((entry) => entry.event === "report" && isTaken(entry.answer)).length,
  };
}
