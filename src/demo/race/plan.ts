import { type Arrival, crowd, evenly } from "../../drill/arrivals.ts";
import type { Plan } from "../../drill/drill.ts";
import { type Stretch, stretches } from "./story.ts";

/** Who sends: `direct` calls seven inside the login request, as a Nextcloud without otpost does. */
export type Side = Arrival["via"];
export const SIDES = ["direct", "otpost"] as const satisfies readonly Side[];

export type RacePlan = Omit<Plan, "phases"> & {
  phases: readonly Stretch[];
  /** People come for this long. */
  forMs: number;
  /** Longest wait for the last ones; it is over once nothing more can change. */
  tailMs: number;
  /** otpost's patience with an SMS that is not reported. */
  silenceMs: number;
};

/** On each side. */
const PER_SECOND = 5;
const VALID_MS = 300_000;

/** The same people at the same instants on both sides, and one story of seven's for both. Pure. */
export function racePlan({ seed, seconds }: { seed: number; seconds: number }): RacePlan {
  const forMs = seconds * 1_000;
  // The default of 30 s is half of the race.
  const silenceMs = within(forMs / 5, 2_000, 8_000);
  const otpost = crowd(seed);
  // The same eight digits behind another prefix: each person has a twin of the same fate.
  const direct = crowd(seed, "+49152");
  const one = (side: Side, atMs: number): Arrival => {
    const person = side === "direct" ? direct() : otpost();
    return { ...person, who: side, via: side, atMs, validForMs: VALID_MS };
  };
  return {
    phases: stretches(forMs),
    arrivals: evenly({ perSecond: PER_SECOND, forMs }).flatMap((atMs) =>
      SIDES.map((side) => one(side, atMs)),
    ),
    settings: { SMS_SILENCE_MS: String(silenceMs) },
    extraWorkers: 0,
    settleMs: 0,
    forMs,
    tailMs: within(forMs / 3, 6_000, 20_000),
    silenceMs,
  };
}

const within = (value: number, least: number, most: number) =>
  Math.round(Math.min(most, Math.max(least, value)));
