import { Command } from "commander";
import { wholeNumber } from "./arguments.ts";
import { fromOptions, type FromOptions, runFrom } from "./doctor-from.ts";
import { type InstallationOptions, runInstallation } from "./doctor-installation.ts";
import { liveOptions, type LiveOptions, runLive } from "./doctor-live.ts";

type Options = FromOptions & InstallationOptions & LiveOptions & { live?: true };

/** `otpost doctor`: what would keep codes from getting through, and what to do about it. */
export function doctorCommand(): Command {
  const command = new Command("doctor")
    .description("look at the whole installation, and say what keeps codes from getting through")
    .option("--repair", "register our report addresses at the providers, after a question")
    .option("--timeout <seconds>", "what has no result by then is left", wholeNumber(1, 600), 30)
    .option("--yes", "answer every question of this command with yes")
    .option("--json", "print one line of JSON");
  return liveOptions(fromOptions(command)).addHelpText("after", NOTES).action(dispatch);
}

const NOTES = `
Without --from and --live it looks at this installation: settings, Redis, keys, accounts, addresses. It reads
the same environment as the service; run it as the service's user. Nothing is changed without --repair.

With --from it looks at an address as a Nextcloud does. Run it on the machine (in the container) of the
Nextcloud where you can. It needs no key and sends nothing.

With --live it sends real messages to a number of yours, and writes down how seven really behaves. It costs
money, and asks before each step that does.

Exits 1 if something fails. See docs/doctor.md.

Examples:
  otpost doctor
  otpost doctor --repair
  otpost doctor --from https://otp.example.org
  otpost doctor --live --to - --max-cost 1`;

async function dispatch(options: Options): Promise<void> {
  const { from, live } = options;
  const fault = misuse(options);
  if (fault !== undefined) throw new DoctorFault(fault);
  if (from !== undefined) return runFrom({ ...options, from });
  return live ? runLive(options) : runInstallation(options);
}

/** Options that do not go together: another look than the one that was meant would follow. */
class DoctorFault extends Error {
  override readonly name = "DoctorFault";
}

function misuse({ from, live, to, repair, driver, dns, ca, allowLocal }: Options): string | undefined {
  const isOfFrom = driver.length > 0 || dns !== undefined || ca.length > 0 || allowLocal === true;
  const rules: [boolean, string][] = [
    [from !== undefined && live === true, "Use --from or --live, not both."],
    [to !== undefined && !live, "--to is for --live."],
    [isOfFrom && from === undefined, "--driver, --dns, --ca and --allow-local are for --from."],
    [repair === true && (from !== undefined || live === true), "--repair is for the whole installation."],
  ];
  return rules.find(([isBroken]) => isBroken)?.[1];
}
