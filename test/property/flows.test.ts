import { describe, expect, test } from "vitest";
import { type Delivery, hasEnded, stateRank } from "../../src/core/delivery.ts";
import { isBilled } from "../../src/core/route.ts";
import { testRules } from "../support/build.ts";
import type { Report } from "../../src/core/report.ts";
import type { DeliveryStore } from "../../src/flows/ports.ts";
import { CODE, NUMBER } from "../support/flow-bundle.ts";
import { LATENCY_MAX_MS, play, type Run } from "./play-flows.ts";

const RUNS = 2_000;
const FIRST = Number(process.env["SIMULATION_SEED"] ?? 1);

describe("whole runs with random providers, crashes and reports", () => {
  test(`${RUNS} seeds keep every law`, async () => {
    const seen = new Set<string>();
    const states = new Map<string, number>();
    let [crashes, followed] = [0, 0];
    for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
      const run = await play(seed);
      const broken = await brokenLaws(run);
      expect(broken, `seed ${seed}`).toEqual([]);
      const { state } = await run.sim.delivery(run.id);
      states.set(state, (states.get(state) ?? 0) + 1);
      for (const { kind } of run.sim.events) seen.add(kind);
      for (const { why } of (await run.sim.delivery(run.id)).attempts) seen.add(why);
      if (hasFollowedAWish(await run.sim.delivery(run.id))) followed += 1;
      crashes += run.crashes();
    }
    // What never happens proves nothing.
    for (const state of ["delivered", "failed", "unconfirmed", "expired", "verified", "cancelled"]) {
      expect(states.get(state), `runs that ended ${state}`).toBeGreaterThan(RUNS / 200);
    }
    expect(crashes).toBeGreaterThan(RUNS);
    expect(followed, "delivered codes whose second copy went on").toBeGreaterThan(10);
    expect([...seen]).toEqual(
      expect.arrayContaining([
        "attempt.held",
        "attempt.moved",
        "attempt.stopped",
        "status.read",
        "resend.asked",
        "outcome.told",
      ]),
    );
    expect([...seen]).toEqual(
      expect.arrayContaining(["again", "busy", "circuit", "quiet", "resend", "silence", "doubt"]),
    );
  }, 60_000);

  test("without the intent step a crash sends the code twice on one route", async () => {
    const broken = new Set<string>();
    for (let seed = 1; seed <= 200; seed++) {
      const run = await play(seed, withoutIntents);
      for (const law of await brokenLaws(run)) broken.add(law);
    }
    expect([...broken].join()).toMatch(/accepted [2-9] times/);
  });
});

/** Planned after a delivered report, and not because it was just asked for. */
function hasFollowedAWish({ attempts }: Delivery): boolean {
  const deliveredAt = Math.min(...attempts.map((a) => a.deliveredAt ?? Number.POSITIVE_INFINITY));
  return attempts.some((a) => a.plannedAt > deliveredAt && a.why !== "resend");
}

/** Steps that a wrapped store leaves out: the attempt is called as if its intent had been written. */
function withoutIntents(store: DeliveryStore): DeliveryStore {
  return {
    ...store,
    save: async (change) => {
      const isIntent = change.to.attempts.length > change.from.delivery.attempts.length;
      if (isIntent) return { kind: "saved", version: change.from.version, parked: [] };
      return store.save(change);
    },
  };
}

async function brokenLaws(run: Run): Promise<string[]> {
  const { sim, id } = run;
  const { expiresAt } = await sim.delivery(id);
  const laws: string[] = [];
  const hold = (law: string, kept: boolean) => void (kept || laws.push(law));
  // Each crash of a look costs the lease and a stall, and the look at the close may crash as well.
  const closedAt = () => expiresAt + 60_000 + 2_000 + run.crashes() * 24_000;
  while (sim.clock.now() < closedAt()) await sim.runUntil(closedAt());
  const ended = await sim.delivery(id);
  hold(`open after its close (${ended.state})`, hasEnded(ended));
  await sim.runUntil(expiresAt + 700_000);
  const last = await sim.delivery(id);
  hold(`fell from ${ended.state} to ${last.state}`, stateRank(last.state) >= stateRank(ended.state));
  hold("another end replaced an end", last.state === ended.state || last.late === true);
  const paid = last.attempts.filter((a) => isBilled(a, testRules())).length;
  hold(`${paid} paid attempts`, paid <= 4);
  hold("a timer is left", sim.store.openCount() === 0 && sim.store.nextDueAt() === undefined);
  const secrets = (await sim.store.loadWithSecrets(id))?.secrets;
  hold("the code outlived its delivery", secrets?.content === undefined);
  checkProviders(run, last, hold);
  const { accepted: total = 0, ...byState } = sim.store.counts();
  const sum = Object.values(byState).reduce((a, b) => a + b, 0);
  hold(`accepted ${total}, states ${sum}`, total === sum && total >= 1);
  checkFigures(run, total, hold);
  hold("a job is left in a lane", sim.jobs.held().length === 0);
  const said = JSON.stringify(sim.events) + JSON.stringify(sim.jobs.held());
  hold("a secret in an event", !said.includes(CODE) && !said.includes(NUMBER.slice(3)));
  hold(`fault ${String(sim.faults[0])}`, sim.faults.length === 0);
  const told = sim.heard.some(({ report }) => report.status === "delivered" && names(last, report));
  hold("a delivered report was lost", !told || ["delivered", "verified"].includes(last.state));
  return laws;
}

/** A crash may lose what was counted, and nothing counts twice. */
function checkFigures({ sim, crashes }: Run, total: number, hold: (law: string, kept: boolean) => void) {
  const once = ["firstAccepts", "delivered", "verified", "failed", "expired", "unconfirmed", "cancelled"];
  for (const of of once) hold(`${of} counted twice`, sim.figures.sum(of) <= total);
  const accepted = sim.figures.sum("accepted");
  hold(`accepted counted ${accepted} times`, accepted === total || (crashes() > 0 && accepted < total));
}

/** A message whose id the provider never told us can only be named by our reference. */
function names(delivery: Delivery, { reference, providerMessageId }: Report): boolean {
  if (reference !== undefined) return reference.startsWith(delivery.id);
  return delivery.attempts.some((a) => a.providerMessageId === providerMessageId);
}

function checkProviders(
  { sim, id, honest }: Run,
  last: Delivery,
  hold: (law: string, kept: boolean) => void,
): void {
  for (const [route, provider] of sim.providers) {
    const calls = provider.calls.filter((call) => call.reference.startsWith(id));
    const taken = provider.taken.filter((entry) => entry.reference.startsWith(id));
    const asked = last.attempts.filter((a) => a.route === route && a.why === "resend").length;
    const references = new Set(taken.map((entry) => entry.reference));
    hold(`${route} got ${references.size} references`, references.size <= 1 + asked);
    const truthful = honest.has(route) || route === "seven-sms";
    hold(`${route} accepted ${taken.length} times`, taken.length <= (truthful ? 1 : 2) + asked);
    // The store's check is followed by its own answer and by the way to the provider.
    const late = calls.filter((call) => last.expiresAt - call.at < 30_000 - 2 * LATENCY_MAX_MS);
    hold(`${route} was called with too little life left`, late.length === 0);
  }
}
