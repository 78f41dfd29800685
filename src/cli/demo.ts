import { Command } from "commander";
import { type ScenarioResult, runDemo } from "../demo/run.ts";
import { runService } from "../service-process.ts";
import { raceSubcommand } from "./race.ts";

/** `otpost demo`: the service with twins, a few codes, and their timelines. Exits 0 only if each ended as it must. */
export function demoCommand(): Command {
  return new Command("demo")
    .description("sends codes through a service with twins and shows where they went (about 40 s)")
    .enablePositionalOptions()
    .addCommand(raceSubcommand())
    .option("--json", "print one line of JSON for each scenario")
    .option("--verbose", "show the service's log")
    .action(async (options: { json?: true; verbose?: true }) => {
      const level = options.verbose ? "info" : "error";
      await runService({ level, format: undefined, stream: process.stderr }, async ({ logger, shutdown }) => {
        const results = await runDemo(
          {
            logger,
            shutdown,
            onReady: (ready) =>
              options.json ||
              print(`otpost runs at ${ready.publicUrl} with twins; six codes are on their way.\n`),
            onResult: (result) => print(options.json ? line(result) : story(result)),
          },
          process.env,
        );
        const failed = results.filter((r) => !r.ok).length;
        if (!options.json)
          print(
            failed === 0
              ? "Every code ended as it must."
              : `${failed} of ${results.length} did not end as they must.`,
          );
        await shutdown.run("demo is over");
        logger.close();
        process.exit(failed === 0 ? 0 : 1);
      });
    });
}

function line({ name, expected, actual, ok, ms }: ScenarioResult): string {
  return JSON.stringify({ name, expected, actual, ok, ms });
}

function story({ name, shows, expected, actual, ok, ms, seen }: ScenarioResult): string {
  const head = `${ok ? "ok  " : "FAIL"} ${name}: ${shows} (${(ms / 1000).toFixed(1)} s)`;
  const difference = ok ? [] : [`     expected: ${expected}`, `     actual:   ${actual}`];
  const timeline = seen?.timeline.map((entry) => `     ${entry.at.slice(11, 23)}  ${entry.text}`) ?? [];
  return [head, ...difference, ...timeline, ""].join("\n");
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
