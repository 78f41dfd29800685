import { type Arrival, crowd, evenly } from "../arrivals.ts";
import type { Drill, Promised, Run } from "../drill.ts";
import type { Evidence } from "../evidence.ts";
import type { Figures } from "../figures.ts";
import { ALL, FEW, REACH, SECOND_SMS, THREE_RUNS } from "./three-runs.ts";

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

/** The same routes as with the second SMS, and no address that a report could reach. */
const POLLED = `${SECOND_SMS}, polled`;
/** Where a second route reaches everybody. */
const FOR_ALL = [ALL, SECOND_SMS, POLLED].map((run) => `${run}, ${OTPOST}`);

/** More on time than the direct sender of the same run. */
const better = (says: string, run: string): Promised => ({
  says,
  columns: [`${run}, ${OTPOST}`],
  figure: "onTime",
  bound: { aboveColumn: `${run}, ${DIRECT}` },
});

/** seven looks well and is not: it takes everything, ever more slowly, and most of it never arrives. */
export const brownout: Drill = {
  name: "brownout",
  longestMin: 14,
  shows: "seven takes everything, 60 % never arrive nor are reported, its answers slow down to 8 s",
  promises: [
    better("more codes are on time than those of a direct sender, even with Telegram for one in six", FEW),
    better("and with Telegram for all", ALL),
    better("and with a second SMS provider", SECOND_SMS),
    better("and where reports are asked for", POLLED),
    {
      says: "with a second route for all, 95 % have the code within 20 s",
      columns: FOR_ALL,
      figure: "onTime",
      bound: { atLeast: 0.95 },
    },
    { says: "and all while it lives", columns: FOR_ALL, figure: "inLife", bound: { atLeast: 1 } },
    {
      says: "where reports are asked for, none is sent to the service",
      columns: [`${POLLED}, ${OTPOST}`],
      figure: "reportsPosted",
      bound: { atMost: 0 },
    },
    { says: "nothing is lost", figure: "lost", bound: { atMost: 0 } },
    { says: "no code is sent twice on a route", figure: "duplicates", bound: { atMost: 0 } },
    { says: "nothing is sent after its expiry", figure: "stale", bound: { atMost: 0 } },
  ],
  runs: [
    ...THREE_RUNS,
    {
      name: POLLED,
      means: "as before, but without a public URL and without a hook at seven: REPORTS=poll",
      faults: { telegram: { reach: REACH } },
      secondSms: true,
      reports: "poll",
    },
  ],
  plan: ({ short, seed, run }) => {
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
      settings: short ? patience(run) : {},
      extraWorkers: 0,
      settleMs: short ? 15_000 : 60_000,
    };
  },
  extra: ({ taken }: Evidence): Figures => ({
    reportsPosted: taken.filter(({ event }) => event === "report").length,
  }),
};

/** The short run cannot wait out the patience of default; the first reading of a record comes after 2 s. */
function patience({ reports }: Run): Record<string, string> {
  const ms = reports === "poll" ? "5000" : "2000";
  return { SMS_SILENCE_MS: ms, TELEGRAM_SILENCE_MS: ms };
}
