import { Command, CommanderError, InvalidArgumentError, Option } from "commander";

export const BENCHES = ["intake", "deliver", "memory", "house"] as const;
/** Those that run where none is named; `house` takes minutes and gigabytes. */
const USUAL_BENCHES = ["intake", "deliver", "memory"] as const;
export type BenchName = (typeof BENCHES)[number];

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

export type BenchOptions = {
  benches: readonly BenchName[];
  runs: number;
  /** A smoke run of seconds: everything runs once, and the figures mean nothing. */
  short: boolean;
  json: boolean;
  logLevel: (typeof LOG_LEVELS)[number];
  /** How many the house is filled with; its own number when absent. */
  deliveries?: number;
  /** Folder for the CPU profiles of all child processes. */
  profile: string | undefined;
};

export type Parsed =
  | { kind: "run"; options: BenchOptions }
  /** Help or a complaint; commander's own text. */
  | { kind: "exit"; code: 0 | 2; text: string };

/** Fewer runs have no median worth the name. */
const RUNS_MIN = 5;
const RUNS_MAX = 50;

type Given = {
  runs?: number;
  short?: true;
  json?: true;
  logLevel: BenchOptions["logLevel"];
  profile?: string;
  deliveries?: number;
};

/** @param argv without node and the script */
export function parseArguments(argv: readonly string[]): Parsed {
  let text = "";
  const command = benchCommand((line) => {
    text += line;
  });
  try {
    command.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: "exit", code: error.exitCode === 0 ? 0 : 2, text };
  }
  const { runs, short = false, json = false, logLevel, profile, deliveries } = command.opts<Given>();
  const names = command.args as BenchName[];
  return {
    kind: "run",
    options: {
      benches: names.length === 0 ? USUAL_BENCHES : BENCHES.filter((bench) => names.includes(bench)),
      runs: runs ?? (short ? 1 : RUNS_MIN),
      short,
      json,
      logLevel,
      profile,
      ...(deliveries === undefined ? {} : { deliveries }),
    },
  };
}

function benchCommand(write: (line: string) => void): Command {
  return new Command("npm run bench --")
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write })
    .description(
      "Measures this checkout against minimal servers and workers on a private Redis.\n" +
        "Compare ratios, and only inside one run: figures of different machines or days say little.",
    )
    .argument("[benches...]", `which ones: ${BENCHES.join(", ")} (default: all but house)`, benchNames)
    .option("--runs <n>", `interleaved runs, ${RUNS_MIN} to ${RUNS_MAX} (default: ${RUNS_MIN})`, runCount)
    .option("--short", "one run of seconds that only shows that everything works; its figures mean nothing")
    .option(
      "--deliveries <n>",
      "what house is filled with, 1,000 to 5,000,000 (default: 1,500,000)",
      deliveryCount,
    )
    .option("--json", "print one line of JSON at the end instead of tables")
    .addOption(
      new Option("--log-level <level>", "LOG_LEVEL of the service under test")
        .choices(LOG_LEVELS)
        .default("warn"),
    )
    .option("--profile <folder>", "write a CPU profile of every process under test into this folder");
}

function benchNames(name: string, before: string[] | undefined): string[] {
  if (BENCHES.some((bench) => bench === name)) return [...(before ?? []), name];
  throw new InvalidArgumentError(`There are ${BENCHES.join(", ")}.`);
}

function runCount(text: string): number {
  const runs = Number(text);
  if (/^\d{1,3}$/.test(text) && runs >= RUNS_MIN && runs <= RUNS_MAX) return runs;
  throw new InvalidArgumentError(`It must be a whole number from ${RUNS_MIN} to ${RUNS_MAX}.`);
}

function deliveryCount(text: string): number {
  const count = Number(text);
  if (/^\d{4,7}$/.test(text) && count >= 1_000 && count <= 5_000_000) return count;
  throw new InvalidArgumentError("It must be a whole number from 1000 to 5000000.");
}
