import { Command } from "commander";
import { readConfig } from "../config.ts";
import { type Ready, up } from "../up/up.ts";
import { VERSION } from "../version.ts";
import { runService } from "../service-process.ts";

/** `otpost up`, which `npm start` runs: everything in one process, ready to try. */
export function upCommand(): Command {
  return new Command("up")
    .description("the whole service in one process, with its own Redis; twins where no provider key is set")
    .option("--json", "print one line of JSON when ready; logs go to standard error")
    .addHelpText("after", "\nSettings come from the environment or .env; see .env.example.")
    .action(async (options: { json?: true }) => {
      const { LOG_LEVEL: level, LOG_FORMAT: format } = readConfig(process.env, { policy: "unread" });
      await runService({ level, format, stream: process.stderr }, async ({ logger, shutdown }) => {
        const ready = await up({ env: process.env, logger, shutdown });
        process.stdout.write(options.json ? `${JSON.stringify(ready)}\n` : banner(ready));
      });
    });
}

function banner(ready: Ready): string {
  const { publicUrl, apiKey } = ready;
  return `
otpost ${VERSION} is running.

  Intake     ${publicUrl}   (reference: ${publicUrl}/docs)
  Operator   ${ready.operatorUrl}   (token: ${ready.operatorToken})
  Data       ${ready.dataDir}   (Redis: ${ready.redis})
  Providers  ${providersLine(ready)}

Send a code:

  curl -sS ${publicUrl}/v1/deliveries \\
    -H 'Authorization: Bearer ${apiKey}' \\
    -H 'Content-Type: application/json' \\
    -d '{"to":"+4915112345678","code":"482913"}'

See where it is, with the id from the answer:

  curl -sS ${publicUrl}/v1/deliveries/<id> -H 'Authorization: Bearer ${apiKey}'

Ctrl-C ends it in order.

`;
}

function providersLine({ twins, reportUrls }: Ready): string {
  if (twins) return "twins of seven.io and Telegram Gateway: nothing leaves this machine";
  const urls = Object.entries(reportUrls).map(([name, url]) => `\n             ${name} reports to ${url}`);
  return `as configured${urls.join("")}`;
}
