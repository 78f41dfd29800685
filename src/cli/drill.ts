import { basename, resolve } from "node:path";
import { Argument, Command } from "commander";
import { conduct } from "../drill/conduct.ts";
import { DRILLS, drillNamed } from "../drill/catalogue.ts";
import type { Drill } from "../drill/drill.ts";
import { createProgress } from "../drill/progress.ts";
import { type DrillReport, renderReport } from "../drill/report.ts";
import { wholeNumber } from "./arguments.ts";
import { contractFile } from "./contract.ts";
import { undoneOnSignals } from "./undone-on-signals.ts";

type DrillCliOptions = { short?: true; seed: number; json?: true; keep?: string; contract?: string };

/** `otpost drill`: the service against misbehaving twins, and an independent count of what came out. */
export function drillCommand(): Command {
  return new Command("drill")
    .description(
      "runs the service against misbehaving twins and counts what came out; exit 1 = a promise broke",
    )
    .addArgument(new Argument("<name>", "which drill").choices(DRILLS.map(({ name }) => name)))
    .option("--short", "runs of seconds, minutes at most in all: they show that the drill works")
    .option("--seed <n>", "start of all dice: numbers, codes and faults", wholeNumber(1, 999_999_999), 1)
    .option("--json", "print one line of JSON instead of the table")
    .option("--contract <file>", "seven as otpost doctor --live measured it", contractPath)
    .option("--keep <folder>", "keep all ledgers and all logs of every run there")
    .addHelpText("after", `\nDrills:\n${DRILLS.map(entry).join("\n")}`)
    .action((name: string, options: DrillCliOptions) => runDrill(drillNamed(name), options));
}

/** What could not be proven breaks nothing: the report says so in its place. */
export function exitCodeOf({ verdicts }: Pick<DrillReport, "verdicts">): 0 | 1 {
  return verdicts.some(({ is }) => is === "broken") ? 1 : 0;
}

function entry({ name, shows, promises, longestMin }: Drill): string {
  const lines = promises.map(({ says }) => `      - ${says}`);
  return [`  ${name} (at most ${longestMin} min): ${shows}`, ...lines].join("\n");
}

/** Read here too: a drill shall not start for a file that its twins refuse. */
function contractPath(path: string): string {
  contractFile(path);
  return resolve(path);
}

async function runDrill(drill: Drill, options: DrillCliOptions): Promise<void> {
  const { short = false, seed, json = false, keep, contract } = options;
  const shutdown = undoneOnSignals();
  const measured = contract === undefined ? [] : [`--contract ${basename(contract)}`];
  const command = [
    "otpost drill",
    drill.name,
    ...(short ? ["--short"] : []),
    `--seed ${seed}`,
    ...measured,
  ].join(" ");
  try {
    const report = await conduct({
      drill,
      short,
      seed,
      command,
      keep: keep === undefined ? undefined : resolve(keep),
      contract,
      progress: createProgress(process.stderr),
      onStart: (end) => shutdown.add("part of the drill", end),
    });
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : `\n${renderReport(report, drill)}`);
    await shutdown.run("drill is over");
    process.exit(exitCodeOf(report));
  } catch (error) {
    // An interrupted drill fails because its processes were ended; the signal's own code tells that.
    if (shutdown.started()) return;
    await shutdown.run("drill failed");
    throw error;
  }
}
