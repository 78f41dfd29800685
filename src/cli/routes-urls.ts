import { resolve } from "node:path";
import { Command } from "commander";
import { ConfigFault, readConfig } from "../config.ts";
import { openDataDir } from "../data-dir.ts";
import { masterKeysOf, reportTokensOf, reportUrlsOf } from "../master-keys.ts";
import type { Environment } from "../providers/provider.ts";

/** `otpost routes urls`: what is pasted into a provider's dashboard. */
export function urlsCommand(): Command {
  return new Command("urls")
    .description("print the address that each provider's reports have to be sent to; keep it secret")
    .option("--json", "print one line of JSON")
    .action((options: { json?: true }) => {
      const urls = reportUrls(process.env);
      const lines = options.json
        ? [JSON.stringify(urls)]
        : Object.entries(urls).map(([name, url]) => `${name}\t${url}`);
      process.stdout.write(`${lines.join("\n")}\n`);
    });
}

/** From PUBLIC_URL and the present master key; nothing has to run. @throws ConfigFault */
export function reportUrls(env: Environment): Record<string, string> {
  const config = readConfig(env, { policy: "unread" });
  const { PUBLIC_URL, providers } = config;
  if (PUBLIC_URL === undefined) {
    throw new ConfigFault([
      "PUBLIC_URL: set it; without it no provider can reach us and reports are asked for",
    ]);
  }
  const withReports = providers.filter(({ reports }) => reports !== undefined);
  if (withReports.length === 0) {
    throw new ConfigFault(["SEVEN_API_KEY: no provider that sends reports has a key"]);
  }
  const masterKeys = masterKeysOf(config, openDataDir(resolve(config.DATA_DIR)));
  return reportUrlsOf(reportTokensOf(masterKeys(), withReports), PUBLIC_URL);
}
