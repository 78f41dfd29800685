import { pathToFileURL } from "node:url";
import { connectForRequests } from "./connect.ts";
import type { Environment } from "./providers/provider.ts";
import { runRole } from "./role.ts";

/** The listeners alone: intake, reports, operators. Scales apart from the workers. @throws ConfigFault */
export async function serve(env: Environment): Promise<void> {
  await runRole(env, async ({ base, api, shutdown, logger }) => {
    const requests = connectForRequests(base);
    shutdown.add("connections", requests.close);
    const urls = await api.listen(base, requests);
    shutdown.add("listeners", urls.close);
    logger.info("serve.started", { host: base.config.HOST, port: base.config.PORT });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await serve(process.env);
