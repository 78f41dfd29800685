import { isReached } from "../../twins/telegram-gateway/send.ts";
import { type Arrival, crowd, evenly } from "../arrivals.ts";
import type { Drill, Phase } from "../drill.ts";
import { circuitFigures } from "../circuit.ts";

/** A code from the first second of the dark still lives for three minutes after it. */
const VALID_MS = 300_000;
/** About one in six people in Germany. */
const REACH = 0.16;
/** seven takes nothing at all, and shows it in three ways. */
const DARK = ["hang", "reset", "status-500"] as const;

const WELL = "seven well";
const ON_TELEGRAM = "seven dark, on Telegram";
const SMS_ONLY = "seven dark, SMS only";

type Times = { beforeMs: number; eachMs: number; afterMs: number; perSecond: number };
const FULL: Times = { beforeMs: 10_000, eachMs: 40_000, afterMs: 40_000, perSecond: 4 };
const SHORT: Times = { beforeMs: 2_000, eachMs: 4_000, afterMs: 4_000, perSecond: 8 };

/** The only SMS route is gone for two minutes. */
export const blackout: Drill = {
  name: "blackout",
  shows: "seven hangs, then resets, then answers 500, two minutes in all; Telegram reaches one in six",
  promises: [
    {
      says: "whoever can be reached otherwise has the code within 20 s",
      columns: [ON_TELEGRAM],
      figure: "onTime",
      bound: { atLeast: 0.99 },
    },
    {
      says: "whoever cannot is not given up while the code lives",
      columns: [SMS_ONLY],
      figure: "givenUp",
      bound: { atMost: 0 },
    },
    {
      says: "and has the code once seven is back",
      columns: [SMS_ONLY],
      figure: "inLife",
      bound: { atLeast: 0.99 },
    },
    {
      says: "the circuit opens within 2 s of the 5th failure in a row",
      columns: [WELL],
      figure: "circuitOpenMs",
      bound: { atMost: 2_000 },
      needs: "the service has no circuit yet",
    },
    {
      says: "traffic returns within 15 s",
      columns: [WELL],
      figure: "returnMs",
      bound: { atMost: 15_000 },
    },
    { says: "nothing is lost", figure: "lost", bound: { atMost: 0 } },
    { says: "no code is sent twice on a route", figure: "duplicates", bound: { atMost: 0 } },
    { says: "nothing is sent after its expiry", figure: "stale", bound: { atMost: 0 } },
  ],
  runs: [{ name: "blackout", means: "one service, seven dark" }],
  plan: ({ short, seed }) => {
    const times = short ? SHORT : FULL;
    const { beforeMs, eachMs, afterMs, perSecond } = times;
    const next = crowd(seed);
    const forMs = beforeMs + DARK.length * eachMs + afterMs;
    return {
      phases: phases(times),
      arrivals: evenly({ perSecond, forMs }).map((atMs): Arrival => {
        const person = next();
        const who = groupOf(atMs, person.to, times);
        return { ...person, who, atMs, via: "otpost", validForMs: VALID_MS };
      }),
      settings: {},
      extraWorkers: 0,
      settleMs: short ? 30_000 : 90_000,
    };
  },
  extra: (evidence) => circuitFigures(evidence, { darkFrom: DARK[0], wellAgain: "well again" }),
};

/** Both scripts in every phase: a script only changes what it names. */
function phases({ beforeMs, eachMs }: Times): Phase[] {
  const telegram = { reach: REACH };
  const well = { breakShare: 0, ratePerSecond: 0 };
  const dark = DARK.map((breakage, n) => ({
    atMs: beforeMs + n * eachMs,
    name: breakage,
    seven: { ...well, breakShare: 1, breakage, breakAccepted: false },
    telegram,
  }));
  const atMs = beforeMs + DARK.length * eachMs;
  return [
    { atMs: 0, name: "well", seven: well, telegram },
    ...dark,
    { atMs, name: "well again", seven: well, telegram },
  ];
}

function groupOf(atMs: number, to: string, { beforeMs, eachMs }: Times): string {
  if (atMs < beforeMs || atMs >= beforeMs + DARK.length * eachMs) return WELL;
  return isReached(to.slice(1), REACH) ? ON_TELEGRAM : SMS_ONLY;
}
