import { isReached } from "../../twins/telegram-gateway/send.ts";
import { type Arrival, crowd, evenly } from "../arrivals.ts";
import type { Drill, Phase } from "../drill.ts";
import { circuitFigures } from "../circuit.ts";
import { ALL, FEW, SECOND_SMS, THREE_RUNS } from "./three-runs.ts";

/** A code from the first second of the dark still lives for three minutes after it. */
const VALID_MS = 300_000;
/** seven takes nothing at all, and shows it in three ways. */
const DARK = ["hang", "reset", "status-500"] as const;

const WELL = "seven well";
const ON_TELEGRAM = "dark: on Telegram";
const OFF_TELEGRAM = "dark: not on Telegram";

const of = (who: string, ...runs: string[]) => runs.map((run) => `${run}, ${who}`);

type Times = { beforeMs: number; eachMs: number; afterMs: number; perSecond: number };
const FULL: Times = { beforeMs: 10_000, eachMs: 40_000, afterMs: 40_000, perSecond: 4 };
const SHORT: Times = { beforeMs: 2_000, eachMs: 4_000, afterMs: 4_000, perSecond: 8 };

/** seven is gone for two minutes: the only SMS route, or the first of two. */
export const blackout: Drill = {
  name: "blackout",
  longestMin: 14,
  shows: "seven hangs, then resets, then answers 500, two minutes in all",
  promises: [
    {
      says: "whoever can be reached otherwise has the code within 20 s",
      columns: [...of(ON_TELEGRAM, FEW, ALL, SECOND_SMS), ...of(OFF_TELEGRAM, SECOND_SMS)],
      figure: "onTime",
      bound: { atLeast: 0.99 },
    },
    {
      says: "whoever cannot is not given up while the code lives",
      columns: of(OFF_TELEGRAM, FEW),
      figure: "givenUp",
      bound: { atMost: 0 },
    },
    {
      says: "and has the code once seven is back",
      columns: of(OFF_TELEGRAM, FEW),
      figure: "inLife",
      bound: { atLeast: 0.99 },
    },
    {
      says: "the circuit opens within 2 s of the 5th failure in a row",
      columns: of(WELL, FEW, ALL, SECOND_SMS),
      figure: "circuitOpenMs",
      bound: { atMost: 2_000 },
    },
    {
      says: "traffic returns within 15 s",
      columns: of(WELL, FEW, ALL, SECOND_SMS),
      figure: "returnMs",
      bound: { atMost: 15_000 },
    },
    { says: "nothing is lost", figure: "lost", bound: { atMost: 0 } },
    { says: "no code is sent twice on a route", figure: "duplicates", bound: { atMost: 0 } },
    { says: "nothing is sent after its expiry", figure: "stale", bound: { atMost: 0 } },
  ],
  runs: THREE_RUNS,
  plan: ({ short, seed, run }) => {
    const times = short ? SHORT : FULL;
    const { beforeMs, eachMs, afterMs, perSecond } = times;
    const next = crowd(seed);
    const reach = run.faults?.telegram?.reach ?? 1;
    const forMs = beforeMs + DARK.length * eachMs + afterMs;
    return {
      phases: phases(times),
      arrivals: evenly({ perSecond, forMs }).map((atMs): Arrival => {
        const person = next();
        const who = isDark(atMs, times) ? darkGroup(person.to, reach) : WELL;
        return { ...person, who, atMs, via: "otpost", validForMs: VALID_MS };
      }),
      settings: {},
      extraWorkers: 0,
      settleMs: short ? 30_000 : 90_000,
    };
  },
  extra: (evidence) => circuitFigures(evidence, { darkFrom: DARK[0], wellAgain: "well again" }),
};

function phases({ beforeMs, eachMs }: Times): Phase[] {
  const well = { breakShare: 0, ratePerSecond: 0 };
  const dark = DARK.map((breakage, n) => ({
    atMs: beforeMs + n * eachMs,
    name: breakage,
    seven: { ...well, breakShare: 1, breakage, breakAccepted: false },
  }));
  const atMs = beforeMs + DARK.length * eachMs;
  return [{ atMs: 0, name: "well", seven: well }, ...dark, { atMs, name: "well again", seven: well }];
}

function isDark(atMs: number, { beforeMs, eachMs }: Times): boolean {
  return atMs >= beforeMs && atMs < beforeMs + DARK.length * eachMs;
}

function darkGroup(to: string, reach: number): string {
  return isReached(to.slice(1), reach) ? ON_TELEGRAM : OFF_TELEGRAM;
}
