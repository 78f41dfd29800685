import { seeded } from "../../twins/dice.ts";
import { type Arrival, evenly, personAt } from "../arrivals.ts";
import type { Drill } from "../drill.ts";

const VALID_MS = 300_000;

/** One kind of person: what happens to the code, and when the page is loaded again with the same one. */
type Kind = { who: string; reloadMs: number; reports?: "lying" | "none" };

/** The last digit of a person's number tells the kind, and with it the twin what to do. */
const KINDS: readonly Kind[] = [
  { who: "has it, 5 s", reloadMs: 5_000 },
  { who: "has it, 25 s", reloadMs: 25_000 },
  { who: "mistyped, 70 s", reloadMs: 70_000 },
  { who: "mistyped, 200 s", reloadMs: 200_000 },
  { who: "nothing though reported, 70 s", reloadMs: 70_000, reports: "lying" },
  { who: "nothing, 25 s", reloadMs: 25_000, reports: "none" },
];
const SHORT_KINDS = new Set(["has it, 5 s", "nothing, 25 s"]);
const AGAIN = ["mistyped, 70 s", "mistyped, 200 s", "nothing though reported, 70 s"];

/** The reload key is the only "send again" button that a login page has. */
export const reload: Drill = {
  name: "reload",
  longestMin: 6,
  shows: "people load the page again after 5, 25, 70 and 200 s: some mistyped, some got nothing",
  promises: [
    { says: "nobody is refused while a code lives", figure: "refusedAlive", bound: { atMost: 0 } },
    {
      says: "a reload within the first half minute costs nothing",
      columns: ["has it, 5 s", "has it, 25 s"],
      figure: "copiesEach",
      bound: { atMost: 1 },
    },
    {
      says: "a later one brings one more copy, by the next route",
      columns: AGAIN,
      figure: "copiesEach",
      bound: { atLeast: 2 },
    },
    { says: "and no more than that", columns: AGAIN, figure: "copiesEach", bound: { atMost: 2 } },
    {
      says: "who got nothing gets it by the next route",
      columns: ["nothing though reported, 70 s", "nothing, 25 s"],
      figure: "inLife",
      bound: { atLeast: 1 },
    },
    { says: "no code is sent twice on a route", figure: "duplicates", bound: { atMost: 0 } },
    { says: "nothing is lost", figure: "lost", bound: { atMost: 0 } },
  ],
  runs: [{ name: "reload", means: "one service; Telegram reaches everybody" }],
  plan: ({ short, seed }) => ({
    phases: [{ atMs: 0, name: "reloads", seven: { ratePerSecond: 0, reportsBySuffix: suffixes() } }],
    arrivals: people(seed, short).toSorted((a, b) => a.atMs - b.atMs),
    settings: short ? { SMS_SILENCE_MS: "4000" } : {},
    extraWorkers: 0,
    settleMs: short ? 15_000 : 60_000,
  }),
};

function suffixes(): Record<string, "lying" | "none"> {
  return Object.fromEntries(
    KINDS.flatMap(({ reports }, digit) => (reports ? [[String(digit), reports]] : [])),
  );
}

function people(seed: number, short: boolean): Arrival[] {
  const dice = seeded(seed);
  const times = evenly(short ? { perSecond: 4, forMs: 3_000 } : { perSecond: 4, forMs: 30_000 });
  const kinds = KINDS.map((kind, digit) => ({ ...kind, digit })).filter(
    ({ who }) => !short || SHORT_KINDS.has(who),
  );
  return times.flatMap((atMs, n) => {
    const kind = kinds[n % kinds.length];
    if (kind === undefined) return [];
    const number = String(Math.floor(dice() * 10) * 1_000_000 + n).padStart(7, "0");
    const person = personAt(`+49151${number}${kind.digit}`, dice);
    const ask = { ...person, who: kind.who, via: "otpost", validForMs: VALID_MS } as const;
    return [
      { ...ask, atMs },
      { ...ask, atMs: atMs + kind.reloadMs },
    ];
  });
}
