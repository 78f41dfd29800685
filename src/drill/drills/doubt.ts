import { crowd, evenly } from "../arrivals.ts";
import type { Drill } from "../drill.ts";

/** Several times what settling a doubt may take (10 s), and short enough to see the ends. */
const VALID_MS = 120_000;
/** Half of the cut calls are reset, half hang; either way seven has the message. */
const CUT = { hangShare: 0.1, breakShare: 0.1, breakage: "reset", breakAccepted: true } as const;

/** seven accepts, but every fifth answer never comes: has it or has it not? */
export const doubt: Drill = {
  name: "doubt",
  longestMin: 6,
  shows: "seven accepts every fifth call and cuts the answer off; the journal knows",
  promises: [
    { says: "the drill did cut answers off", figure: "cut", bound: { atLeast: 1 } },
    { says: "no code is sent twice on a route", figure: "duplicates", bound: { atMost: 0 } },
    {
      says: "with a readable journal no doubt costs a second copy",
      columns: ["journal readable"],
      figure: "copiesEach",
      bound: { atMost: 1 },
    },
    { says: "nothing is lost", figure: "lost", bound: { atMost: 0 } },
    { says: "nothing is sent that nobody asked for", figure: "ghosts", bound: { atMost: 0 } },
    { says: "nothing is sent after its expiry", figure: "stale", bound: { atMost: 0 } },
    { says: "the service's states are the provider's truth", figure: "untruthful", bound: { atMost: 0 } },
  ],
  runs: [
    { name: "journal readable", means: "a lost answer is settled by looking the message up" },
    {
      name: "journal down",
      means:
        "the control: the journal answers 500, so looking up is impossible and the doubt goes on to Telegram",
      faults: { seven: { journalStatus: 500 } },
    },
  ],
  plan: ({ short, seed }) => {
    const next = crowd(seed);
    const pace = short ? { perSecond: 20, forMs: 4_000 } : { perSecond: 40, forMs: 60_000 };
    return {
      phases: [
        {
          atMs: 0,
          name: "every fifth answer is cut",
          // Without seven's own lock against repeats, which would hide a second send.
          seven: { ...CUT, ratePerSecond: 0, reloadLock: false, journalLagMs: 1_000 },
        },
      ],
      arrivals: evenly(pace).map((atMs) => ({
        atMs,
        who: "all",
        via: "otpost" as const,
        ...next(),
        validForMs: VALID_MS,
      })),
      settings: { SEVEN_MAX_PER_SECOND: "200" },
      // Two processes that look the same doubts up could both act on them.
      extraWorkers: 1,
      settleMs: short ? 45_000 : 90_000,
    };
  },
};
