import { type Arrival, crowd, evenly } from "../arrivals.ts";
import type { Drill } from "../drill.ts";

const VALID_MS = 300_000;
const DIRECT = "direct";
const OTPOST = "otpost";
/** Messages to numbers with these last digits are taken and never arrive: 60 %, the same for both senders. */
const VANISHING = ["0", "1", "2", "3", "4", "5"];
/** The service's own limit for a call: at the end each answer comes just when it gives up. */
const SLOWEST_MS = 8_000;

type Times = { wellMs: number; rampMs: number; slowMs: number; perSecond: number };
const FULL: Times = { wellMs: 10_000, rampMs: 60_000, slowMs: 50_000, perSecond: 3 };
const SHORT: Times = { wellMs: 1_000, rampMs: 4_000, slowMs: 3_000, perSecond: 8 };

/** seven looks well and is not: it takes everything, ever more slowly, and most of it never arrives. */
export const brownout: Drill = {
  name: "brownout",
  shows: "seven takes everything, 60 % never arrive nor are reported, its answers slow down to 8 s",
  promises: [
    {
      says: "more codes are on time than those of a direct sender, even with Telegram for one in six",
      columns: [`reach 16 %, ${OTPOST}`],
      figure: "onTime",
      bound: { aboveColumn: `reach 16 %, ${DIRECT}` },
    },
    {
      says: "and with Telegram for all",
      columns: [`reach 100 %, ${OTPOST}`],
      figure: "onTime",
      bound: { aboveColumn: `reach 100 %, ${DIRECT}` },
    },
    {
      says: "with a second route for all, 95 % have the code within 20 s",
      columns: [`reach 100 %, ${OTPOST}`],
      figure: "onTime",
      bound: { atLeast: 0.95 },
    },
    {
      says: "and all while it lives",
      columns: [`reach 100 %, ${OTPOST}`],
      figure: "inLife",
      bound: { atLeast: 1 },
    },
    { says: "nothing is lost", figure: "lost", bound: { atMost: 0 } },
    { says: "no code is sent twice on a route", figure: "duplicates", bound: { atMost: 0 } },
    { says: "nothing is sent after its expiry", figure: "stale", bound: { atMost: 0 } },
  ],
  runs: [
    {
      name: "reach 16 %",
      means: "Telegram knows one number in six; the direct sender calls seven once for each code",
      faults: { telegram: { reach: 0.16 } },
    },
    {
      name: "reach 100 %",
      means: "Telegram knows every number, as a second SMS provider would",
      faults: { telegram: { reach: 1 } },
    },
  ],
  plan: ({ short, seed }) => {
    const times = short ? SHORT : FULL;
    const { wellMs, rampMs, slowMs, perSecond } = times;
    // The same eight digits behind another prefix: each code has a twin of the same fate.
    const otpost = crowd(seed);
    const direct = crowd(seed, "+49152");
    const reportsBySuffix = Object.fromEntries(VANISHING.map((digit) => [digit, "none" as const]));
    const sick = { ratePerSecond: 0, reportsBySuffix };
    const rampPerSecond = SLOWEST_MS / (rampMs / 1_000);
    return {
      phases: [
        { atMs: 0, name: "well", seven: { ratePerSecond: 0 } },
        {
          atMs: wellMs,
          name: "ever slower",
          seven: { ...sick, latencyRampMsPerSecond: rampPerSecond },
        },
        {
          atMs: wellMs + rampMs,
          name: "slowest",
          seven: { ...sick, latencyMs: SLOWEST_MS, latencyRampMsPerSecond: 0 },
        },
      ],
      arrivals: evenly({ perSecond, forMs: wellMs + rampMs + slowMs }).flatMap((atMs): Arrival[] => [
        { ...otpost(), who: OTPOST, atMs, via: "otpost", validForMs: VALID_MS },
        { ...direct(), who: DIRECT, atMs, via: "direct", validForMs: VALID_MS },
      ]),
      // The short run cannot wait out the patience that the service has by default.
      settings: short ? { SMS_SILENCE_MS: "2000" } : {},
      extraWorkers: 0,
      settleMs: short ? 15_000 : 60_000,
    };
  },
};
