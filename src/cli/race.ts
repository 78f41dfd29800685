import { Command } from "commander";
import { runRace } from "../demo/race/run.ts";
import { createScreen } from "../demo/race/screen.ts";
import { summary } from "../demo/race/summary.ts";
import { faultsOf, type RaceResult, resultLine } from "../demo/race/verdict.ts";
import { wrap } from "../demo/race/wrap.ts";
import { wholeNumber } from "./arguments.ts";
import { undoneOnSignals } from "./undone-on-signals.ts";

type RaceOptions = { seed: number; seconds: number; json?: boolean };

/** `otpost demo race`: a sender without otpost beside otpost, under one failing provider. */
export function raceSubcommand(): Command {
  return new Command("race")
    .description("a direct sender and otpost side by side while seven fails; exit 1 = otpost broke a promise")
    .option("--seed <n>", "start of all dice: numbers and codes", wholeNumber(1, 999_999_999), 1)
    .option(
      "--seconds <n>",
      "how long people come; the last ones get up to 20 s more",
      wholeNumber(10, 600),
      60,
    )
    .option("--json", "print the final figures as one line; how it stands goes to standard error")
    .addHelpText("after", EXAMPLE)
    .action(race);
}

const EXAMPLE = `
Everything runs on this machine, against stand-ins of the providers: no message is sent, no key is used.

Example:
  otpost demo race --seconds 30 --seed 7`;

/** As wide as the README, where one like it stands. */
const WIDTH = 80;

const story = (result: RaceResult) =>
  summary(result)
    .flatMap((text) => wrap(text, WIDTH))
    .join("\n");

async function race({ seed, seconds, json = false }: RaceOptions): Promise<void> {
  const shutdown = undoneOnSignals();
  const out = json ? process.stderr : process.stdout;
  out.write("Starting a service with its own Redis and stand-ins of the providers...\n");
  const undo = (end: () => Promise<void> | void) => shutdown.add("part of the race", end);
  // Whoever watched has gone (`| head`): without a reader there is no race.
  out.on("error", () => void shutdown.run("output closed").then(() => process.exit(1)));
  let screen: ReturnType<typeof createScreen> | undefined;
  const open = () => {
    const opened = createScreen({ stream: out, env: process.env });
    undo(opened.close);
    return opened;
  };
  try {
    const result = await runRace({
      seed,
      seconds,
      show: (standing) => (screen ??= open()).show(standing),
      onStart: undo,
    });
    screen?.close();
    process.stdout.write(json ? `${resultLine(result)}\n` : `\n${story(result)}\n`);
    await shutdown.run("race is over");
    process.exit(faultsOf(result).length === 0 ? 0 : 1);
  } catch (error) {
    // An interrupted race fails because its processes were ended; the signal's own code tells that.
    if (shutdown.started()) return;
    await shutdown.run("race failed");
    throw error;
  }
}
