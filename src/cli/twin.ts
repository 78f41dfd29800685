import { Command } from "commander";
import { createShutdown, endOnSignals } from "../platform/shutdown.ts";
import { gatewayapiSettings } from "../up/gatewayapi-settings.ts";
import type { Contract } from "../twins/seven/contract.ts";
import { startTwins } from "../twins/serve.ts";
import { portNumber, wholeNumber } from "./arguments.ts";
import { contractFile } from "./contract.ts";

/** Known to everybody, for a secret that no option names: the shipped file takes signed reports only. */
const GATEWAYAPI_SECRET = "twin-secret";

type TwinCliOptions = {
  host: string;
  sevenPort: number;
  telegramPort: number;
  gatewayapiPort: number;
  ledger?: string;
  apiKey?: string;
  signingKey?: string;
  token?: string;
  gatewayapiToken?: string;
  gatewayapiSecret: string;
  reportUrl?: string;
  rate?: number;
  reach?: number;
  contract?: Contract;
  json?: true;
};

/** `otpost twin`: the stand-ins of all providers as a process of their own, with a ledger that outlives kills. */
export function twinCommand(): Command {
  return new Command("twin")
    .description(
      "local stand-ins of seven.io, Telegram Gateway and GatewayAPI, with a ledger of what they took",
    )
    .option("--host <address>", "where they listen; the ledger holds codes, so keep it private", "127.0.0.1")
    .option("--seven-port <port>", "port of the seven twin, 0 = any", portNumber, 8077)
    .option("--telegram-port <port>", "port of the Telegram Gateway twin, 0 = any", portNumber, 8078)
    .option("--gatewayapi-port <port>", "port of the GatewayAPI twin, 0 = any", portNumber, 8079)
    .option("--ledger <file>", "append what was taken to this file, one line of JSON each")
    .option("--api-key <key>", "the only API key that the seven twin takes (default: any)")
    .option("--token <token>", "the only token that the Telegram twin takes (default: any)")
    .option("--gatewayapi-token <token>", "the only token that the GatewayAPI twin takes (default: any)")
    .option("--gatewayapi-secret <secret>", "signs the reports of the GatewayAPI twin", GATEWAYAPI_SECRET)
    .option("--signing-key <key>", "key with which the seven twin signs its reports")
    .option("--report-url <url>", "where the seven twin sends its reports; hooks may be registered as well")
    .option(
      "--rate <messages per second>",
      "hand-over rate of the SMS twins (default: 10)",
      wholeNumber(1, 100_000),
    )
    .option("--reach <percent>", "share of numbers that Telegram knows (default: 100)", wholeNumber(0, 100))
    .option(
      "--contract <file>",
      "let the seven twin behave as otpost doctor --live measured it",
      contractFile,
    )
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
  const { seven, telegram, gatewayapi } = twins;
  const urls = { seven: seven.url, telegramGateway: telegram.url, gatewayapi: gatewayapi.url };
  process.stdout.write(`${json ? JSON.stringify(urls) : twinBanner(urls, options)}\n`);
}

type Urls = { seven: string; telegramGateway: string; gatewayapi: string };

function twinBanner({ seven, telegramGateway, gatewayapi }: Urls, options: TwinCliOptions): string {
  const { apiKey = "any", token = "any", gatewayapiToken = "any", gatewayapiSecret } = options;
  return [
    `The seven twin listens at ${seven}, the Telegram Gateway twin at ${telegramGateway}, the GatewayAPI twin at ${gatewayapi}.`,
    `Use them with:  SEVEN_API_KEY=${apiKey} SEVEN_BASE_URL=${seven} TELEGRAM_GATEWAY_TOKEN=${token} TELEGRAM_GATEWAY_BASE_URL=${telegramGateway}`,
    `Second SMS:     ${settingsLine(gatewayapiSettings({ url: gatewayapi, token: gatewayapiToken, secret: gatewayapiSecret }))}`,
    `What they took: ${seven}/_twin/ledger   Numbers that fail in a known way: ${seven}/_twin/magic`,
  ].join("\n");
}

const settingsLine = (settings: Record<string, string>) =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
