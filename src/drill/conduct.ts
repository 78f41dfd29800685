import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { check } from "./check.ts";
import type { Drill, Run } from "./drill.ts";
import type { Columns } from "./figures.ts";
import { judge } from "./judge.ts";
import { machineLine } from "./machine.ts";
import type { Progress } from "./progress.ts";
import type { DrillReport } from "./report.ts";
import { runOnce } from "./run.ts";
import { makeDir } from "./stage.ts";

export type ConductDeps = {
  drill: Drill;
  seed: number;
  short: boolean;
  /** How the drill was called, for the report. */
  command: string;
  /** Gets both ledgers and all logs of each run; undefined removes them. They hold made-up numbers and codes. */
  keep: string | undefined;
  /** File that tells how seven's twin behaves, absolute. */
  contract: string | undefined;
  progress: Progress;
  /** Gets what has to be undone should the drill be interrupted. */
  onStart: (end: () => Promise<void> | void) => void;
};

/** All runs of a drill, one after the other, and the verdict. */
export async function conduct(deps: ConductDeps): Promise<DrillReport> {
  const { drill, seed, short, command } = deps;
  const machine = machineLine();
  const startedAt = performance.now();
  const columns: Columns = {};
  for (const run of drill.runs) Object.assign(columns, await columnsOf(deps, run));
  const verdicts = judge(drill.promises, columns);
  const tookMs = Math.round(performance.now() - startedAt);
  return { drill: drill.name, machine, command, seed, short, tookMs, columns, verdicts };
}

async function columnsOf(deps: ConductDeps, run: Run): Promise<Columns> {
  const { drill, seed, short, keep, contract, progress, onStart } = deps;
  const { dir, remove } = makeDir();
  onStart(remove);
  const plan = drill.plan({ short, seed, run });
  try {
    const evidence = await runOnce({ dir, seed, run, plan, contract, progress, onStart });
    const groups = check(evidence);
    progress.say(`${run.name}: done, ${evidence.asked.length} requests`);
    const extra = drill.extra?.(evidence) ?? {};
    return Object.fromEntries(
      [...groups].map(([who, figures], index) => [
        columnName(run, who, { groups: groups.size, runs: drill.runs.length }),
        index === 0 ? { ...figures, ...extra } : figures,
      ]),
    );
  } finally {
    if (keep !== undefined) keepFiles(dir, join(keep, folderName(drill.name, run.name)));
    remove();
  }
}

/** The shortest name that tells all columns of the drill apart. */
export function columnName(
  run: Pick<Run, "name">,
  who: string,
  { groups, runs }: { groups: number; runs: number },
): string {
  if (groups === 1) return run.name;
  return runs === 1 ? who : `${run.name}, ${who}`;
}

function folderName(...names: readonly string[]): string {
  return names
    .map((name) =>
      name
        .replaceAll(/[^A-Za-z0-9]+/g, " ")
        .trim()
        .replaceAll(" ", "-"),
    )
    .join("-");
}

/** Redis' files and the secrets of the run are no evidence. */
function keepFiles(dir: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  const isEvidence = (file: string) => !file.startsWith(join(dir, "data"));
  cpSync(dir, to, { recursive: true, filter: isEvidence });
}
