import type { Phase } from "../../drill/drill.ts";

/** Something that happens to seven, and how a newcomer is told of it. */
export type Stretch = Phase & {
  says: string;
  /** How long an answer takes: ms at the start of the stretch, and ms more for every second in it. */
  answers: { fromMs: number; moreMs: number } | "never";
};

/** Share of people whom Telegram reaches. The others have SMS alone, on both sides. */
export const REACH = 0.9;
/** Numbers with these last digits get nothing from seven while messages vanish: 60 %, the same on both sides. */
const VANISHING = ["0", "1", "2", "3", "4", "5"];
/** An answer of a provider that is well, and the slowest one: the service's own limit for a call. */
const QUICK_MS = 150;
const SLOWEST_MS = 8_000;
/** Where each stretch begins, as a share of the time. */
const BEGINS = { well: 0, slow: 0.15, vanish: 0.4, hang: 0.65, fail: 0.75, again: 0.85 };

/** Each stretch names all of it, for a script only changes what it names. No pace: the sides must not slow each other down. */
const WELL = {
  ratePerSecond: 0,
  latencyMs: QUICK_MS,
  latencyRampMsPerSecond: 0,
  breakShare: 0,
  reportsBySuffix: {},
} satisfies Phase["seven"];
const DARK = { ...WELL, breakShare: 1, breakAccepted: false };
const QUICK = { fromMs: QUICK_MS, moreMs: 0 };

/** From well to dark and back. @param forMs the time that all of it takes */
export function stretches(forMs: number): Stretch[] {
  const moreMs = (SLOWEST_MS - QUICK_MS) / (((BEGINS.vanish - BEGINS.slow) * forMs) / 1_000);
  const lost = Object.fromEntries(VANISHING.map((digit) => [digit, "none" as const]));
  const stretch = (
    name: keyof typeof BEGINS,
    rest: Pick<Stretch, "says" | "answers" | "seven">,
  ): Stretch => ({
    name,
    atMs: Math.round(BEGINS[name] * forMs),
    telegram: { reach: REACH },
    ...rest,
  });
  return [
    stretch("well", { says: "seven is well", answers: QUICK, seven: WELL }),
    stretch("slow", {
      says: "seven slows down, its messages still arrive",
      answers: { fromMs: QUICK_MS, moreMs },
      seven: { ...WELL, latencyRampMsPerSecond: moreMs },
    }),
    stretch("vanish", {
      says: "60 % vanish: seven takes every message, most never arrive",
      answers: { fromMs: SLOWEST_MS, moreMs: 0 },
      seven: { ...WELL, latencyMs: SLOWEST_MS, reportsBySuffix: lost },
    }),
    stretch("hang", {
      says: "seven is dark: it takes the call and never answers",
      answers: "never",
      seven: { ...DARK, breakage: "hang" },
    }),
    stretch("fail", {
      says: "seven is dark: it answers every call with an error",
      answers: QUICK,
      seven: { ...DARK, breakage: "status-500" },
    }),
    stretch("again", { says: "seven is well again", answers: QUICK, seven: WELL }),
  ];
}
