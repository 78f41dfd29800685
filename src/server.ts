import { pathToFileURL } from "node:url";
import { connectForRequests } from "./connect.ts";
import type { Base } from "./compose.ts";
import { startPolicyWatch } from "./policy-watch.ts";
import { reportUrlsOf } from "./master-keys.ts";
import type { Environment } from "./providers/provider.ts";
import { runRole } from "./role.ts";

/** The listeners alone: intake, reports, operators. Scales apart from the workers. @throws ConfigFault */
export async function serve(env: Environment): Promise<void> {
  await runRole(env, async ({ base, api, shutdown, logger }) => {
    const requests = connectForRequests(base);
    shutdown.add("connections", requests.close);
    shutdown.add("policy", startPolicyWatch(base, requests.flows.events));
    const urls = await api.listen(base, requests);
    shutdown.add("listeners", urls.close);
    tellReportUrls(base);
    logger.info("serve.started", { host: base.config.HOST, port: base.config.PORT });
  });
}

/**
 * The token in these addresses proves that a report is genuine, so it is shown to somebody at a terminal and
 * hidden in what may be collected. `otpost routes urls` prints the whole.
 */
function tellReportUrls({ publicUrl, reportTokens, reportReaders, logger }: Base): void {
  if (publicUrl === undefined) return;
  const readers = new Set(reportReaders.map(({ provider }) => provider));
  for (const [provider, url] of Object.entries(reportUrlsOf(reportTokens, publicUrl))) {
    if (!readers.has(provider)) continue;
    if (process.stdout.isTTY) process.stdout.write(`${provider} reports to ${url}\n`);
    else logger.info("report.address", { provider, detail: url.replace(/[^/]+$/, "***") });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await serve(process.env);
