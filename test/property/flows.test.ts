import { describe, expect, test } from "vitest";
import { type Delivery, hasEnded, isPaid, stateRank } from "../../src/core/delivery.ts";
import type { Report } from "../../src/core/report.ts";
import type { DeliveryStore } from "../../src/flows/ports.ts";
import { createChaos, seededRandom } from "../support/chaos.ts";
import { CODE, NUMBER } from "../support/flow-bundle.ts";
import {
  accepted,
  type ProviderScript,
  refused,
  unavailable,
  uncertain,
} from "../support/scripted-provider.ts";
import type { Answer, PlannedReport } from "../support/scripted-provider.ts";
import { simulate, type Simulation } from "../support/simulate.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";

const RUNS = 2_000;
const FIRST = Number(process.env["SIMULATION_SEED"] ?? 1);
const CRASHES_MAX = 5;
const LATENCY_MAX_MS = 20;
const RELOAD_LOCK_MS = 180_000;
const ROUTES = ["seven-sms", "telegram-gateway", "second-sms"] as const;

type Random = () => number;
type Run = { seed: number; sim: Simulation; id: string; crashes: () => number; honest: Set<string> };

describe("whole runs with random providers, crashes and reports", () => {
  test(`${RUNS} seeds keep every law`, async () => {
    const states = new Map<string, number>();
    let crashes = 0;
    for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
      const run = await play(seed);
      const broken = await brokenLaws(run);
      expect(broken, `seed ${seed}`).toEqual([]);
      const { state } = await run.sim.delivery(run.id);
      states.set(state, (states.get(state) ?? 0) + 1);
      crashes += run.crashes();
    }
    // What never happens proves nothing.
    for (const state of ["delivered", "failed", "unconfirmed", "expired"]) {
      expect(states.get(state), `runs that ended ${state}`).toBeGreaterThan(RUNS / 200);
    }
    expect(crashes).toBeGreaterThan(RUNS);
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

async function play(seed: number, sabotage = (store: DeliveryStore) => store): Promise<Run> {
  const random = seededRandom(seed);
  const clockBox: { clock?: VirtualClock } = {};
  const chaos = () => {
    cached ??= createChaos({
      clock: clockBox.clock!,
      random,
      latencyMaxMs: LATENCY_MAX_MS,
      crashRate: 0.03,
      crashesMax: Math.floor(random() * (CRASHES_MAX + 1)),
    });
    return cached;
  };
  let cached: ReturnType<typeof createChaos> | undefined;
  const scripts = Object.fromEntries(ROUTES.map((route) => [route, aScript(random, route)]));
  const laneMs = random() < 0.2 ? 120_000 : 0;
  const sim = simulate({
    seed,
    laneWaitMs: () => Math.floor(random() * laneMs),
    scripts,
    wrap: {
      clock: (clock) => {
        clockBox.clock = clock;
      },
      store: (store) => chaos().around(sabotage(store)),
      jobs: (jobs) => chaos().around(jobs),
      provider: ({ carries, ...calls }) => ({ carries, ...chaos().around(calls) }),
    },
  });
  const id = await acceptUntilAnswered(sim, pick(random, [60_000, 300_000, 600_000]));
  const honest = new Set(ROUTES.filter((route) => !scripts[route]!.journalLagMs));
  return { seed, sim, id, crashes: () => chaos().crashes(), honest };
}

/** The caller repeats itself until it has an answer. */
async function acceptUntilAnswered(sim: Simulation, validForMs: number): Promise<string> {
  const answers: string[] = [];
  const ask = (): void => {
    sim.accept({ idempotencyKey: "one", validForMs }).then(
      (answer) => answer.kind === "accepted" && answers.push(answer.delivery.id),
      () => sim.clock.at(sim.clock.now() + 1_000, ask),
    );
  };
  ask();
  while (answers.length === 0) await sim.runFor(1_000);
  return answers[0]!;
}

function aScript(random: Random, route: string): ProviderScript {
  const lagging = random() < 0.2;
  const answers = Array.from({ length: 6 }, () => anAnswer(random));
  const dark = random() < 0.3;
  return {
    answers,
    ...(route === "seven-sms" ? { reloadLockMs: RELOAD_LOCK_MS } : {}),
    ...(lagging ? { journalLagMs: Math.floor(random() * 15_000) } : {}),
    ...(route === "telegram-gateway"
      ? { lookUps: "none" as const }
      : { lookUps: () => (dark && random() < 0.7 ? ("unreadable" as const) : ("found" as const)) }),
  };
}

function anAnswer(random: Random): Answer {
  const latencyMs = Math.floor(random() ** 3 * 8_000);
  const reports = someReports(random);
  const kind = random();
  if (kind < 0.35) return { outcome: accepted, latencyMs, reports };
  if (kind < 0.6) return { outcome: uncertain, took: random() < 0.6, latencyMs, reports };
  if (kind < 0.8) {
    const retryAfterMs = random() < 0.3 ? Math.floor(random() * 400_000) : undefined;
    return { outcome: { ...unavailable, retryAfterMs } as typeof unavailable, latencyMs };
  }
  return { outcome: refused, latencyMs };
}

/** Any number in any order, doubled, before the answer or long after the end. */
function someReports(random: Random): PlannedReport[] {
  const many = random() < 0.3 ? 0 : 1 + Math.floor(random() * 4);
  return Array.from({ length: many }, () => ({
    status: pick(random, ["accepted", "transmitted", "buffered", "undelivered", "delivered", "unknown"]),
    afterMs: Math.floor(random() ** 3 * 500_000),
    names: pick(random, ["id", "reference", "both"]),
  }));
}

function pick<const T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
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
  const paid = last.attempts.filter(isPaid).length;
  hold(`${paid} paid attempts`, paid <= 4);
  checkProviders(run, expiresAt, hold);
  const { accepted: total = 0, ...byState } = sim.store.counts();
  const sum = Object.values(byState).reduce((a, b) => a + b, 0);
  hold(`accepted ${total}, states ${sum}`, total === sum && total === 1);
  hold("a job is left in a lane", sim.jobs.held().length === 0);
  const said = JSON.stringify(sim.events) + JSON.stringify(sim.jobs.held());
  hold("a secret in an event", !said.includes(CODE) && !said.includes(NUMBER.slice(3)));
  hold(`fault ${String(sim.faults[0])}`, sim.faults.length === 0);
  const told = sim.heard.some(({ report }) => report.status === "delivered" && names(last, report));
  hold("a delivered report was lost", !told || last.state === "delivered");
  return laws;
}

/** A message whose id the provider never told us can only be named by our reference. */
function names(delivery: Delivery, { reference, providerMessageId }: Report): boolean {
  return reference !== undefined || delivery.attempts.some((a) => a.providerMessageId === providerMessageId);
}

function checkProviders(run: Run, expiresAt: number, hold: (law: string, kept: boolean) => void): void {
  for (const [route, { calls, taken }] of run.sim.providers) {
    const references = new Set(taken.map((entry) => entry.reference));
    hold(`${route} got ${references.size} references`, references.size <= 1);
    const truthful = run.honest.has(route) || route === "seven-sms";
    hold(`${route} accepted ${taken.length} times`, taken.length <= (truthful ? 1 : 2));
    const late = calls.filter((call) => expiresAt - call.at < 30_000 - LATENCY_MAX_MS);
    hold(`${route} was called with too little life left`, late.length === 0);
  }
}
