import { seeded } from "../../twins/dice.ts";
import { type Arrival, crowd } from "../arrivals.ts";
import type { Drill, Run } from "../drill.ts";
import type { Evidence } from "../evidence.ts";
import type { Figures } from "../figures.ts";
import type { LoadEntry } from "../load-entry.ts";
import { percentile } from "../statistics.ts";

/** What the account may send. */
const LIMIT = 10;
const OTHERS = ["cloud-a", "cloud-b", "cloud-c", "cloud-d"];
const FLOOD = "flood";
/** Each client's in quiet times: together 8 of 10, so that codes wait for each other then, too. */
const EACH = 1.6;
const TIMES = 50;

const QUIET = "others before";
const FLOODED = "others in the flood";
const FLOODER = "the flooding client";

const OWN: Run = { name: "own keys", means: "five clients, each with a key of its own" };
const ONE: Run = {
  name: "one key",
  means: "the control: all five share a key, so they are one client, first come, first served",
};
const of = (run: Run, who: string) => `${run.name}, ${who}`;

/** Half a minute of line: below it a code must not start, so nobody's own line gets longer. */
const VALID_MS = 60_000;
const FULL = { eachMs: 60_000, settleMs: 100_000 };
const SHORT = { eachMs: 25_000, settleMs: 40_000 };

/** One client sends fifty times what it did; nobody else shall notice. */
export const fairness: Drill = {
  name: "fairness",
  longestMin: 8,
  shows: "one of five clients sends 50 times its share on an account of 10 per second",
  promises: [
    {
      says: "the flood at most doubles the p99 wait of the others",
      columns: [of(OWN, QUIET)],
      figure: "floodFactor",
      bound: { atMost: 2 },
    },
    {
      says: "none of them is refused",
      columns: [of(OWN, QUIET), of(OWN, FLOODED)],
      figure: "refused",
      bound: { atMost: 0 },
    },
    {
      says: "and they have their codes within 20 s",
      columns: [of(OWN, QUIET), of(OWN, FLOODED)],
      figure: "onTime",
      bound: { atLeast: 0.99 },
    },
    {
      says: "the flooding client is refused what it cannot have",
      columns: [of(OWN, FLOODER)],
      figure: "refused",
      bound: { atLeast: 1 },
    },
    {
      says: "without turns by client the others do wait (the control)",
      columns: [of(ONE, QUIET)],
      figure: "floodFactor",
      bound: { atLeast: 2 },
    },
    { says: "what cannot be served is refused with 503", figure: "refusedOtherwise", bound: { atMost: 0 } },
    {
      says: "what is acked arrives while it lives, the flooding client's as well",
      columns: [of(OWN, QUIET), of(OWN, FLOODER), of(OWN, FLOODED)],
      figure: "inLife",
      bound: { atLeast: 0.99 },
    },
    { says: "nothing is lost", figure: "lost", bound: { atMost: 0 } },
    { says: "no code is sent twice on a route", figure: "duplicates", bound: { atMost: 0 } },
    {
      says: "nothing refused is sent",
      columns: [of(OWN, QUIET), of(ONE, QUIET)],
      figure: "ghosts",
      bound: { atMost: 0 },
    },
  ],
  runs: [OWN, ONE],
  plan: ({ short, seed, run }) => {
    const { eachMs, settleMs } = short ? SHORT : FULL;
    return {
      phases: [{ atMs: 0, name: "five clients, one of them soon a flood", seven: { ratePerSecond: LIMIT } }],
      arrivals: arrivals(seed, eachMs, run),
      settings: { SEVEN_MAX_PER_SECOND: String(LIMIT) },
      extraWorkers: 1,
      settleMs,
    };
  },
  extra: waits,
};

function arrivals(seed: number, eachMs: number, run: Run): Arrival[] {
  const [next, dice] = [crowd(seed), seeded(seed + 1)];
  const client = (name: string) => (run === ONE ? FLOOD : name);
  const make = (name: string, who: string, atMs: number): Arrival => ({
    ...next(),
    who,
    atMs,
    via: "otpost",
    client: client(name),
    validForMs: VALID_MS,
    // With a second route part of the flood would leave by that one.
    routes: ["seven-sms"],
  });
  const others = OTHERS.flatMap((name) =>
    atRandom(dice, EACH, 0, 2 * eachMs).map((atMs) => make(name, atMs < eachMs ? QUIET : FLOODED, atMs)),
  );
  const before = atRandom(dice, EACH, 0, eachMs);
  const flood = atRandom(dice, EACH * TIMES, eachMs, 2 * eachMs);
  const flooder = [...before, ...flood].map((atMs) => make(FLOOD, FLOODER, atMs));
  // The figures of the whole run stand in the column of who asks first.
  const first = make("cloud-a", QUIET, 0);
  return [first, ...others, ...flooder].toSorted((a, b) => a.atMs - b.atMs);
}

/** Instants as people who know nothing of each other make them: exponential gaps. */
function atRandom(dice: () => number, perSecond: number, fromMs: number, toMs: number): number[] {
  const instants: number[] = [];
  for (let at = fromMs; ; ) {
    at -= (Math.log(1 - dice()) * 1_000) / perSecond;
    if (at >= toMs) return instants;
    instants.push(at);
  }
}

/** From the intended request to the provider's accept. Who was refused waits for ever. */
function waits({ asked, taken }: Evidence): Figures {
  const key = (recipient: string) => recipient.replace(/^\+/, "");
  const takenAt = new Map(
    taken.flatMap((e) => (e.event === "accepted" ? [[key(e.recipient), e.at] as const] : [])),
  );
  const wait = ({ recipient, intendedAt }: LoadEntry) =>
    (takenAt.get(recipient) ?? Number.POSITIVE_INFINITY) - intendedAt;
  const p99 = (group: string) => percentile(asked.filter(({ who }) => who === group).map(wait), 0.99);
  const [quietP99, floodP99] = [p99(QUIET), p99(FLOODED)];
  if (quietP99 === undefined || floodP99 === undefined) return {};
  return { quietP99, floodP99, floodFactor: floodP99 / quietP99 };
}
