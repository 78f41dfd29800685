import { Command } from "commander";
import { createShutdown, endOnSignals } from "../platform/shutdown.ts";
import { startTwins } from "../twins/serve.ts";
import { portNumber, wholeNumber } from "./arguments.ts";

type TwinCliOptions = {
  host: string;
  sevenPort: number;
  telegramPort: number;
  ledger?: string;
  apiKey?: string;
  signingKey?: string;
  token?: string;
  reportUrl?: string;
  rate?: number;
  reach?: number;
  json?: true;
};

/** `otpost twin`: the stand-ins of both providers as a process of their own, with a ledger that outlives kills. */
export function twinCommand(): Command {
  return new Command("twin")
    .description("local stand-ins of seven.io and Telegram Gateway, with a ledger of what they took")
    .option("--host <address>", "where they listen; the ledger holds codes, so keep it private", "127.0.0.1")
    .option("--seven-port <port>", "port of the seven twin, 0 = any", portNumber, 8077)
    .option("--telegram-port <port>", "port of the Telegram Gateway twin, 0 = any", portNumber, 8078)
    .option("--ledger <file>", "append what was taken to this file, one line of JSON each")
    .option("--api-key <key>", "the only API key that the seven twin takes (default: any)")
    .option("--token <token>", "the only token that the Telegram twin takes (default: any)")
    .option("--signing-key <key>", "key with which the seven twin signs its reports")
    .option("--report-url <url>", "where the seven twin sends its reports; hooks may be registered as well")
    .option(
      "--rate <messages per second>",
      "hand-over rate of the seven twin (default: 10)",
      wholeNumber(1, 100_000),
    )
    .option("--reach <percent>", "share of numbers that Telegram knows (default: 100)", wholeNumber(0, 100))
    .option("--json", "print one line of JSON when ready")
    .addHelpText(
      "after",
      "\nExample:\n  otpost twin --ledger ledger.ndjson --report-url http://127.0.0.1:3000/reports/seven/<token>",
    )
    .action(runTwins);
}

async function runTwins(options: TwinCliOptions): Promise<void> {
  const { reach, rate, json, ...rest } = options;
  const faults = {
    ...(rate === undefined ? {} : { ratePerSecond: rate }),
    ...(reach === undefined ? {} : { reach: reach / 100 }),
  };
  const twins = await startTwins({ ...rest, faults });
  const exit = (code: number) => process.exit(code);
  const shutdown = createShutdown({ log: () => undefined, deadlineMs: 5_000, exit });
  shutdown.add("twins", twins.close);
  endOnSignals(shutdown, exit);
  const urls = { seven: twins.seven.url, telegramGateway: twins.telegram.url };
  process.stdout.write(`${json ? JSON.stringify(urls) : twinBanner(urls)}\n`);
}

function twinBanner({ seven, telegramGateway }: { seven: string; telegramGateway: string }): string {
  return [
    `The seven twin listens at ${seven}, the Telegram Gateway twin at ${telegramGateway}.`,
    `Use them with:  SEVEN_API_KEY=any SEVEN_BASE_URL=${seven} TELEGRAM_GATEWAY_TOKEN=any TELEGRAM_GATEWAY_BASE_URL=${telegramGateway}`,
    `What they took: ${seven}/_twin/ledger   Numbers that fail in a known way: ${seven}/_twin/magic`,
  ].join("\n");
}
