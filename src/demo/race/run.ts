import { setTimeout as sleep } from "node:timers/promises";
import { createAsker } from "../../drill/ask.ts";
import { check } from "../../drill/check.ts";
import type { Evidence } from "../../drill/evidence.ts";
import { readTwinLedger } from "../../drill/ledgers.ts";
import { createPhases } from "../../drill/phases.ts";
import { settleStates } from "../../drill/settle-states.ts";
import { makeDir, type Stage, startStage } from "../../drill/stage.ts";
import { type Callers, startCallers } from "./callers.ts";
import { headline } from "./headline.ts";
import { copiesOf, followCopies } from "./phones.ts";
import { type RacePlan, racePlan, SIDES, type Side } from "./plan.ts";
import { type Call, type Copies, type Moment, score, type Score } from "./score.ts";
import type { Standing } from "./standing.ts";
import { REACH } from "./story.ts";
import type { RaceResult } from "./verdict.ts";

export type RaceDeps = {
  seed: number;
  /** People come for this long. */
  seconds: number;
  show: (standing: Standing) => void;
  /** Gets what has to be undone, in reverse order, at the end as well as after an interrupt. */
  onStart: (end: () => Promise<void> | void) => void;
};

/** Kind to the direct side: a stock Nextcloud waits 30 s. Source: Nextcloud's HTTP client, its default timeout. */
const PATIENCE_MS = 10_000;
/** The first people come a little later, so that both sides are at rest. */
const LEAD_MS = 500;
/** Between two frames. */
const LOOK_MS = 250;

/** A race from start to end, in processes and a directory of its own. */
export async function runRace(deps: RaceDeps): Promise<RaceResult> {
  const { seed, onStart } = deps;
  const { dir, remove } = makeDir("race");
  onStart(remove);
  const plan = racePlan(deps);
  const stage = await startStage({ dir, seed, run: RUN, plan }, onStart);
  const { service, twins } = stage;
  const asker = createAsker(
    {
      otpost: { url: service.publicUrl, apiKey: service.apiKey },
      seven: { url: twins.urls.seven, apiKey: twins.apiKey },
    },
    PATIENCE_MS,
  );
  const startAt = Date.now() + LEAD_MS;
  const callers = startCallers(plan.arrivals, startAt, asker);
  onStart(callers.stop);
  const now = await watch(deps, plan, { stage, callers, startAt });
  await callers.stop();
  return resultOf(deps, plan, stage, { callers, startAt, now });
}

/** Nothing beyond the plan's phases. */
const RUN = { name: "race", means: "two senders, one seven" };

type Running = { stage: Stage; callers: Callers; startAt: number };

/** Shows the race until nothing more can change or the time is over. @returns the instant of its end */
async function watch({ seed, show }: RaceDeps, plan: RacePlan, race: Running): Promise<number> {
  const { stage, callers, startAt } = race;
  const { forMs, tailMs } = plan;
  const mostMs = forMs + tailMs;
  const { startDue } = createPhases(stage, plan, startAt);
  const look = followCopies(stage.twins.since);
  for (;;) {
    await startDue();
    const copies = await look();
    const now = Date.now();
    const atMs = Math.max(0, now - startAt);
    const scores = scoresOf(callers.calls, copies, { startAt, now, over: atMs >= mostMs });
    show({ seed, headline: headline(plan, atMs), atMs, forMs, mostMs, scores });
    if (atMs >= mostMs || (atMs >= forMs && SIDES.every((side) => isSettled(scores[side])))) return now;
    await sleep(LOOK_MS);
  }
}

function scoresOf(calls: readonly Call[], copies: Copies, moment: Moment): Record<Side, Score> {
  const of = (side: Side) =>
    score(
      calls.filter((call) => call.side === side),
      copies,
      moment,
    );
  return { direct: of("direct"), otpost: of("otpost") };
}

const isSettled = ({ people, haveCode, stuck, hanging }: Score) =>
  hanging === 0 && people === haveCode + stuck;

/** Counted anew from the twins' file, which was on disk before any answer, and by the judge of the drills. */
async function resultOf(
  { seed, seconds }: RaceDeps,
  plan: RacePlan,
  { service, twins }: Stage,
  { callers, startAt, now }: { callers: Callers; startAt: number; now: number },
): Promise<RaceResult> {
  const { calls, asked } = callers;
  const taken = await readTwinLedger(twins.ledger);
  const copies = copiesOf(taken);
  const unsent = asked.filter(({ via, recipient }) => via === "otpost" && !copies.has(recipient));
  const states = await settleStates(unsent, service.stateOf, 0, () => undefined);
  const evidence: Evidence = { asked, taken, states, log: [], circuit: [], phases: [], readAt: now };
  const { lost = 0, duplicates = 0 } = check(evidence).get("otpost") ?? {};
  const scores = scoresOf(calls, copies, { startAt, now, over: true });
  return { seed, seconds, silenceMs: plan.silenceMs, reach: REACH, scores, lost, duplicates };
}
