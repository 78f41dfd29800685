import { pathToFileURL } from "node:url";
import { composeCrew } from "../src/compose.ts";
import { connectForWork } from "../src/connect.ts";
import { startPolicyWatch } from "../src/policy-watch.ts";
import type { Environment } from "../src/providers/provider.ts";
import { runRole } from "../src/role.ts";

/** The workers alone, with an operator listener for probes and metrics. @throws ConfigFault */
export async function work(env: Environment): Promise<void> {
  await runRole(env, async ({ base, api, shutdown, logger }) => {
    const connected = connectForWork(base);
    shutdown.add("connections", connected.close);
    const { crew, close } = composeCrew(base, connected);
    shutdown.add("worker client", close);
    await crew.run();
    shutdown.add("workers", crew.drain);
    shutdown.add("policy", startPolicyWatch(base, connected.flows.events));
    const urls = await api.listenForOperators(base, connected);
    shutdown.add("operator listener", urls.close);
    logger.info("work.started", { port: base.config.OPERATOR_PORT });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await work(process.env);
