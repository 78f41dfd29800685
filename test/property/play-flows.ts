import type { Rules } from "../../src/core/rules.ts";
import { cancel, tellOutcome } from "../../src/flows/outcome.ts";
import type { DeliveryStore } from "../../src/flows/ports.ts";
import { sendAgain } from "../../src/flows/resend.ts";
import { testRules } from "../support/build.ts";
import { Crash, createChaos, seededRandom } from "../support/chaos.ts";
import {
  accepted,
  type Answer,
  type PlannedReport,
  type ProviderScript,
  refused,
  uncertain,
} from "../support/scripted-provider.ts";
import { simulate, type Simulation } from "../support/simulate.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";

export const LATENCY_MAX_MS = 20;
const CRASHES_MAX = 5;
const RELOAD_LOCK_MS = 180_000;
const ROUTES = ["seven-sms", "telegram-gateway", "second-sms"] as const;

type Random = () => number;
export type Run = { seed: number; sim: Simulation; id: string; crashes: () => number; honest: Set<string> };

/** One delivery with everything around it drawn from a seed: providers, crashes, reports, people and lanes. */
export async function play(seed: number, sabotage = (store: DeliveryStore) => store): Promise<Run> {
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
  const reports = pick(random, ["push", "poll", "both"]);
  const laneMs = random() < 0.2 ? 120_000 : 0;
  const sim = simulate({
    seed,
    laneWaitMs: () => Math.floor(random() * laneMs),
    scripts,
    rules: rulesWith(reports),
    wrap: {
      clock: (clock) => {
        clockBox.clock = clock;
      },
      store: (store) => chaos().around(sabotage(store)),
      jobs: (jobs) => chaos().around(jobs),
      provider: ({ carries, ...calls }) => ({ carries, ...chaos().around(calls) }),
      reach: (reach) => chaos().around(reach),
      // An operator whose word comes just between intent and call.
      circuits: (circuits) => ({
        ...circuits,
        isStopped: async (route) => (await circuits.isStopped(route)) || random() < 0.03,
      }),
    },
  });
  const validForMs = pick(random, [60_000, 300_000, 600_000]);
  const id = await acceptUntilAnswered(sim, validForMs);
  disturb(sim, id, random, validForMs);
  const honest = new Set(ROUTES.filter((route) => !scripts[route]!.journalLagMs));
  return { seed, sim, id, crashes: () => chaos().crashes(), honest };
}

/** Status is read where a provider offers it, and reports may have to be asked for. */
function rulesWith(reports: "push" | "poll" | "both"): Rules {
  const rules = testRules();
  const routes = [...rules.routes.values()].map((route) => ({ ...route, reports, canReadStatus: true }));
  return { ...rules, routes: new Map(routes.map((route) => [route.id, route])) };
}

/** What people, callers, operators and other codes do to a delivery while it lives. */
function disturb(sim: Simulation, id: string, random: Random, validForMs: number): void {
  const stored = async () => (await sim.deps.store.load(id))!;
  const route = () => pick(random, ROUTES);
  const acts: [number, () => Promise<unknown> | void][] = [
    [0.5, () => sim.accept({ validForMs })],
    [0.3, async () => sendAgain(sim.deps, await stored(), "caller")],
    [0.05, async () => tellOutcome(sim.deps, await stored(), true)],
    [0.05, async () => cancel(sim.deps, await stored())],
    [0.2, () => sim.circuits.open(route())],
    [0.2, () => sim.circuits.close(route())],
    [0.2, () => sim.circuits.say(route(), pick(random, ["stopped", "forced", "auto"]), validForMs / 4)],
    [0.2, () => sim.states.setWait(route(), Math.floor(random() ** 2 * 400_000))],
    [0.3, () => sim.quiet.silence(route())],
    [0.1, () => sim.quiet.speak(route())],
    [0.1, () => sim.states.pause(route(), random() < 0.5)],
  ];
  for (const [chance, act] of [...acts, ...acts]) {
    if (random() >= chance) continue;
    // A caller whose process crashed just has no answer.
    const run = () =>
      void Promise.resolve(act()).catch((error: unknown) => isCrash(error) || sim.faults.push(error));
    sim.clock.at(sim.clock.now() + Math.floor(random() * validForMs), run);
  }
}

function isCrash(error: unknown): boolean {
  return error instanceof Crash;
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
    ...(random() < 0.3 ? { mute: true } : {}),
    statuses: () => (random() < 0.7 ? ("known" as const) : pick(random, ["unknown", "unreadable"])),
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
    const reason = random() < 0.5 ? "throttled" : "connect";
    return { outcome: { kind: "unavailable", reason, retryAfterMs }, latencyMs };
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
