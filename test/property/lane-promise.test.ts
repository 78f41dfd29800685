import fc from "fast-check";
import { expect, test } from "vitest";
import { LOOK_BACK_MS, startsAhead } from "../../src/core/line.ts";
import { seeded } from "../../src/twins/dice.ts";
import { aFairLane, type Waiting } from "../support/fair-lane.ts";

const PER_SECOND = 10;
const TICK_MS = 1_000 / PER_SECOND;
/** What a code of a minute may wait, as startRoute reckons it. */
const [WAIT_MAX_MS, MARGIN] = [30_000, 1.05];
const QUIET_MS = 60_000;
const FLOOD_END_MS = QUIET_MS + 60_000;
const END_MS = FLOOD_END_MS + WAIT_MAX_MS;

type Rates = Record<string, number>;
type Came = { client: string; at: number };

/** A lane that lets in what makes it by its own reckoning, in virtual time. */
function aPromisingLane(clients: readonly string[]) {
  const lane = aFairLane();
  let came: Came[] = [];
  const addedAt = new Map<Waiting, number>();
  const perSecond = (client: string) =>
    came.filter((c) => c.client === client).length / (LOOK_BACK_MS / 1_000);
  const waiting = (client: string) => lane.line.filter((w) => w.client === client).length;
  const expectedMs = (client: string) => {
    const rest = clients.filter((id) => id !== client);
    const others = rest.map((id) => ({ waiting: waiting(id), perSecond: perSecond(id) }));
    return (
      (startsAhead({ first: 0, own: waiting(client), others, perSecond: PER_SECOND }) * 1_000) / PER_SECOND
    );
  };
  return {
    isEmpty: () => lane.line.length === 0,
    ask: (client: string, at: number) => {
      came = came.filter((c) => c.at > at - LOOK_BACK_MS);
      if (expectedMs(client) * MARGIN > WAIT_MAX_MS) return;
      came.push({ client, at });
      addedAt.set(lane.add(client), at);
    },
    start: (at: number) => {
      const started = lane.start();
      return started && { client: started.client, waitMs: at - (addedAt.get(started) ?? at) };
    },
  };
}

/** Quiet clients, one of which becomes a flood for a while. @returns waits of what was let in, in ms */
function flooded(seed: number, quiet: Rates, floodPerSecond: number): { flood: number[]; others: number[] } {
  const dice = seeded(seed);
  const clients = Object.keys(quiet);
  const lane = aPromisingLane(clients);
  const waits: { flood: number[]; others: number[] } = { flood: [], others: [] };
  const rateOf = (client: string, at: number) =>
    client === "flood" && at >= QUIET_MS && at < FLOOD_END_MS ? floodPerSecond : (quiet[client] ?? 0);
  for (let at = 0; at < END_MS || !lane.isEmpty(); at += TICK_MS) {
    for (const client of at < END_MS ? clients : []) {
      const many = poisson(dice, (rateOf(client, at) * TICK_MS) / 1_000);
      for (let n = 0; n < many; n++) lane.ask(client, at);
    }
    const started = lane.start(at);
    if (started) waits[started.client === "flood" ? "flood" : "others"].push(started.waitMs);
  }
  return waits;
}

function poisson(dice: () => number, mean: number): number {
  const least = Math.exp(-mean);
  let count = 0;
  for (let product = dice(); product > least; product *= dice()) count++;
  return count;
}

const shareBelow = (waits: readonly number[], ms: number) =>
  waits.filter((wait) => wait <= ms).length / waits.length;

const aRun = fc.record({
  seed: fc.integer({ min: 1, max: 1e9 }),
  others: fc.integer({ min: 1, max: 6 }),
  load: fc.double({ min: 0.2, max: 0.8, noNaN: true }),
  floodPerSecond: fc.constantFrom(20, 80),
});

function run({ seed, others, load, floodPerSecond }: typeof aRun extends fc.Arbitrary<infer T> ? T : never) {
  const each = (load * PER_SECOND) / (others + 1);
  const quiet: Rates = { flood: each };
  for (let i = 0; i < others; i++) quiet[`quiet-${i}`] = each;
  return flooded(seed, quiet, floodPerSecond);
}

// Of many floods together: chance may be hard on a single one.
test("of what flooding clients are let in with, 99 in 100 start in life, and others hardly wait", () => {
  fc.assert(
    fc.property(fc.array(aRun, { minLength: 10, maxLength: 10 }), (runs) => {
      const waits = runs.map(run);
      const flood = waits.flatMap((w) => w.flood);
      expect(flood.length).toBeGreaterThan(1_000);
      expect(shareBelow(flood, WAIT_MAX_MS)).toBeGreaterThanOrEqual(0.99);
      expect(flood.filter((wait) => wait > WAIT_MAX_MS / 3).length).toBeGreaterThan(100);
      for (const { others } of waits) expect(shareBelow(others, 5_000)).toBeGreaterThanOrEqual(0.99);
    }),
    { numRuns: 4, endOnFailure: true },
  );
});
