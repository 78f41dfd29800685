import { createShutdown, endOnBugs } from "../src/platform/shutdown.ts";
import { VERSION } from "../src/version.ts";
import { type BenchName, type BenchOptions, parseArguments } from "./arguments.ts";
import { benchDeliver } from "./deliver.ts";
import { benchHouse } from "./house.ts";
import { benchIntake } from "./intake.ts";
import { readMachine } from "./machine.ts";
import { benchMemory } from "./memory.ts";
import { toStandardError } from "./progress.ts";
import { startBenchRedis } from "./redis.ts";
import { type BenchReport, type BenchResult, toJsonLine } from "./result.ts";
import { createStage, type Stage } from "./stage.ts";
import { renderReport } from "./table.ts";

/** `npm run bench`: figures of this checkout, on a Redis and in processes of their own. */

const RUN: Record<BenchName, (stage: Stage, options: BenchOptions) => Promise<BenchResult>> = {
  intake: benchIntake,
  deliver: benchDeliver,
  memory: benchMemory,
  house: benchHouse,
};

const CLEAN_UP_MS = 15_000;
/** 128 + the signal's number, as a shell reports it. */
const EXIT_ON = { SIGINT: 130, SIGTERM: 143 } as const;

const shutdown = createShutdown({
  log: () => undefined,
  deadlineMs: CLEAN_UP_MS,
  exit: (code) => process.exit(code),
});

async function main(argv: readonly string[]): Promise<number> {
  const parsed = parseArguments(argv);
  if (parsed.kind === "exit") {
    (parsed.code === 0 ? process.stdout : process.stderr).write(parsed.text);
    return parsed.code;
  }
  const { options } = parsed;
  const report = await measure(options, ["npm run bench --", ...argv].join(" "));
  process.stdout.write(options.json ? `${toJsonLine(report)}\n` : `\n${renderReport(report)}`);
  return 0;
}

async function measure(options: BenchOptions, command: string): Promise<BenchReport> {
  const [startedAt, startedMs] = [new Date().toISOString(), performance.now()];
  const starting = startBenchRedis();
  // Added before it runs, so that an end in the middle of the start leaves no server behind.
  shutdown.add("redis", async () => (await starting).close());
  const redis = await starting;
  const stage = createStage(redis, toStandardError, options.profile);
  shutdown.add("processes", stage.clear);
  const machine = readMachine(redis.version);
  const results: BenchResult[] = [];
  for (const bench of options.benches) {
    results.push(await RUN[bench](stage, options));
    await stage.clear();
  }
  const tookMs = Math.round(performance.now() - startedMs);
  return { tool: "otpost bench", version: VERSION, command, startedAt, tookMs, machine, options, results };
}

for (const [signal, code] of Object.entries(EXIT_ON)) {
  // A second one changes nothing: npm passes on what the terminal has sent already, and the end is bounded.
  process.on(signal, () => void shutdown.run(signal).then(() => process.exit(code)));
}

endOnBugs(
  shutdown,
  (error) => toStandardError(`bench: ${error instanceof Error ? (error.stack ?? error.message) : "failed"}`),
  (code) => process.exit(code),
);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // What fails while everything is being ended fails because of that.
  if (!shutdown.started()) {
    process.exitCode = 1;
    toStandardError(`bench: ${error instanceof Error ? error.message : "failed"}`);
  }
}
if (!shutdown.started()) await shutdown.run("done");
