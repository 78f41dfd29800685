import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { endedEarly, moduleFile, type OnStart, startChild } from "./child.ts";
import type { Plan, Run } from "./drill.ts";
import type { Evidence } from "./evidence.ts";
import { readLoadLedger } from "./load-entry.ts";
import type { LoadCounts, LoadJob } from "./load-process.ts";
import { readServiceLogs, readTwinLedger } from "./ledgers.ts";
import type { Progress } from "./progress.ts";
import { settleStates } from "./settle-states.ts";
import { type Stage, startStage } from "./stage.ts";
import { watchRun } from "./watch.ts";

export type RunDeps = {
  dir: string;
  seed: number;
  run: Run;
  plan: Plan;
  /** File that tells how seven's twin behaves; undefined leaves it as documented. */
  contract: string | undefined;
  progress: Progress;
  /** Gets what has to be ended should the drill be interrupted. */
  onStart: OnStart;
};

/** The load begins a little later, so that its process has read its schedule. */
const LEAD_MS = 1_500;

/** One run from start to end: stage, load, phases, wait for the ends, evidence. */
export async function runOnce(deps: RunDeps): Promise<Evidence> {
  const { dir, plan, progress } = deps;
  progress.now(`${deps.run.name}: starting twins and service`);
  const stage = await startStage(deps, deps.onStart);
  const ledger = join(dir, "load.ndjson");
  const load = await startLoad(stage, plan, ledger, deps.onStart);
  const watch = watchRun(stage, deps, load);
  await load.ended;
  const asked = await readLoadLedger(ledger);
  const states = await settleStates(asked, stage.service.stateOf, plan.settleMs, (open) =>
    watch.settling(open),
  );
  const readAt = Date.now();
  const { circuit, phases } = await watch.end();
  await stage.end();
  const taken = await readTwinLedger(stage.twins.ledger);
  return { asked, taken, states, log: await readServiceLogs(stage.service.logs), circuit, phases, readAt };
}

async function startLoad({ dir, service, twins }: Stage, plan: Plan, ledger: string, onStart: OnStart) {
  const file = join(dir, "arrivals.json");
  writeFileSync(file, JSON.stringify(plan.arrivals), { mode: 0o600 });
  const log = join(dir, "load.log");
  const child = startChild([moduleFile("./load-process")], { cwd: dir, log });
  onStart(child.end);
  let counts: LoadCounts = { asked: 0, acked: 0, refused: 0, unknown: 0 };
  child.process.on("message", (message) => {
    counts = message as LoadCounts;
  });
  const ended = child.exited.then((code) => {
    if (code !== 0) throw endedEarly(log);
  });
  // Its first word says that it is up; a machine that is busy starts it seconds late.
  await Promise.race([once(child.process, "message"), ended]);
  const startAt = Date.now() + LEAD_MS;
  const job: LoadJob = {
    plan: file,
    ledger,
    startAt,
    otpost: { url: service.publicUrl, apiKey: service.apiKey, apiKeys: service.apiKeys },
    seven: { url: twins.urls.seven, apiKey: twins.apiKey },
  };
  child.process.send(job);
  return { startAt, counts: () => counts, ended };
}
