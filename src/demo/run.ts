import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "../platform/logger.ts";
import type { Shutdown } from "../platform/shutdown.ts";
import type { Environment } from "../providers/provider.ts";
import { PROVIDERS } from "../providers/registry.ts";
import { type Ready, up } from "../up/up.ts";
import { createDemoClient, type Seen } from "./client.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

export type ScenarioResult = Pick<Scenario, "name" | "shows" | "expected"> & {
  actual: string;
  ok: boolean;
  ms: number;
  seen: Seen | undefined;
};

export type DemoDeps = {
  logger: Logger;
  shutdown: Shutdown;
  onReady: (ready: Ready) => void;
  onResult: (result: ScenarioResult) => void;
};

/** A demo waits less for a silent provider than a service would. */
const DEMO_SETTINGS = { SMS_SILENCE_MS: "3000", TELEGRAM_SILENCE_MS: "3000", SANDBOX: "1" };

/** Runs every scenario at once against a service of its own, in a directory that is gone afterwards. */
export async function runDemo(deps: DemoDeps, env: Environment): Promise<ScenarioResult[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "otpost-demo-"));
  deps.shutdown.add("demo directory", () => rmSync(dataDir, { recursive: true, force: true }));
  const ready = await up({ ...deps, env: demoEnvironment(env, dataDir) });
  deps.onReady(ready);
  const client = createDemoClient(ready);
  return Promise.all(
    SCENARIOS.map(async (scenario) => {
      const result = await play(scenario, client);
      deps.onResult(result);
      return result;
    }),
  );
}

async function play(
  scenario: Scenario,
  client: ReturnType<typeof createDemoClient>,
): Promise<ScenarioResult> {
  const { name, shows, expected } = scenario;
  const startedAt = performance.now();
  const took = () => Math.round(performance.now() - startedAt);
  try {
    const { actual, seen } = await scenario.run(client);
    return { name, shows, expected, actual, ok: actual === expected, ms: took(), seen };
  } catch (error) {
    const actual = error instanceof Error ? error.message : "failed";
    return { name, shows, expected, actual, ok: false, ms: took(), seen: undefined };
  }
}

/** Nothing of the caller's own installation is touched: no real key, no other Redis, free ports. */
function demoEnvironment(env: Environment, dataDir: string): Environment {
  const own = new Set([
    ...PROVIDERS.map((p) => p.key),
    "HTTP_PROVIDERS",
    "REDIS_URL",
    "REDIS_PREFIX",
    "PUBLIC_URL",
    "ROUTES",
    "NODE_ENV",
  ]);
  const inherited = Object.fromEntries(Object.entries(env).filter(([name]) => !own.has(name)));
  return {
    ...inherited,
    ...DEMO_SETTINGS,
    HOST: "127.0.0.1",
    PORT: "0",
    OPERATOR_PORT: "0",
    DATA_DIR: dataDir,
  };
}
