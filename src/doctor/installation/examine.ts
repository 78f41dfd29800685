import type { Config } from "../../config.ts";
import { reportTokensOf } from "../../master-keys.ts";
import type { Policy } from "../../policy/ground.ts";
import type { ConfiguredProvider, RunningProvider } from "../../providers/provider.ts";
import { type Check, type Checked, runTogether } from "../finding.ts";
import { type Account, accountChecks } from "./accounts.ts";
import { alertsCheck } from "./alerts.ts";
import { clientChecks } from "./clients.ts";
import { dataDirCheck } from "./data-dir.ts";
import { hooksCheck, type Registration } from "./hooks.ts";
import { listenersCheck } from "./listeners.ts";
import { masterKeyCheck, presentMasterKeys } from "./master-key.ts";
import { nodeCheck } from "./node.ts";
import { policyCheck, policyInForce } from "./policy.ts";
import { publicUrlChecks } from "./public-url.ts";
import { createRedisLook, type SharedLook } from "./redis-look.ts";
import { redisServerChecks } from "./redis-server.ts";
import { redisStateChecks } from "./redis-state.ts";
import { routesCheck } from "./routes.ts";
import { readSettings, settingsCheck } from "./settings.ts";
import type { World } from "./world.ts";

export type Examination = {
  /** Names of the checks, in the order in which findings are returned. */
  names: readonly string[];
  run: (withinMs: number, onDone?: (name: string, found: readonly Checked[]) => void) => Promise<Checked[]>;
  /** Where reports shall be sent, by provider that has hooks. */
  registrations: readonly Registration[];
  close: () => Promise<void>;
};

/** The whole installation: what its settings say, beside what is really there. Changes nothing but one probe key. */
export function examination(world: World): Examination {
  const settings = readSettings(world.env);
  const first = [nodeCheck(world.nodeVersion), settingsCheck(settings, world.env)];
  const { config } = settings;
  // With nothing to go by, the settings are the one finding.
  if (!config) return { ...examined(first), registrations: [], close: async () => undefined };
  const shared = createRedisLook(config);
  const running = runProviders(config);
  const registrations = registrationsOf(config, running);
  const checks = [...first, ...checksOf(world, config, { shared, running, registrations })];
  return {
    ...examined(checks),
    registrations,
    close: async () => {
      shared.close();
      await Promise.all(running.map(({ running: one }) => one.close()));
    },
  };
}

function examined(checks: readonly Check[]): Pick<Examination, "names" | "run"> {
  return {
    names: checks.map(({ name }) => name),
    run: (withinMs, onDone) => runTogether(checks, { withinMs, ...(onDone ? { onDone } : {}) }),
  };
}

type Running = Account & { running: RunningProvider };
type Parts = { shared: SharedLook; running: readonly Running[]; registrations: readonly Registration[] };

function checksOf(world: World, config: Config, { shared, running, registrations }: Parts): Check[] {
  const policy = policyInForce(config, world.env);
  const { rules, order } = policy;
  const routes = { rules: rules.routes, plans: rules.plans, order };
  return [
    policyCheck(config, world.env),
    routesCheck(routes, world.env["NODE_ENV"] === "production"),
    dataDirCheck(config.DATA_DIR, world),
    ...redisServerChecks(shared),
    ...redisStateChecks(shared, world.now),
    masterKeyCheck(config, shared),
    ...accountChecks(running, world.now),
    ...registrations.map(hooksCheck),
    ...(config.PUBLIC_URL === undefined ? [] : publicUrlChecks(publicDeps(world, config, config.PUBLIC_URL))),
    listenersCheck(config),
    alertsCheck(config),
    ...clientChecks(shared, usedRoutes(policy), world.now),
  ];
}

function usedRoutes({ rules, order }: Policy) {
  const ids = new Set([...order, ...rules.plans.flatMap(({ routes }) => routes)]);
  return [...ids].flatMap((id) => rules.routes.get(id) ?? []);
}

const CALL_TIMEOUT_MS = 8_000;

function runProviders({ providers, OUTBOUND_PROXY: proxy }: Config): Running[] {
  const clock = { now: Date.now };
  const deps = { clock, proxy, reportUrl: undefined, callTimeoutMs: CALL_TIMEOUT_MS };
  return providers.map((provider) => ({ provider, running: provider.create(deps) }));
}

/** Newest first; none without a master key or an address of ours. */
function reportUrls(config: Config, provider: ConfiguredProvider): string[] {
  const tokens = reportTokensOf(presentMasterKeys(config), [provider]).get(provider.name) ?? [];
  const { PUBLIC_URL } = config;
  return PUBLIC_URL === undefined
    ? []
    : tokens.map((token) => `${PUBLIC_URL}/reports/${provider.name}/${token}`);
}

function registrationsOf(config: Config, running: readonly Running[]): Registration[] {
  return running.flatMap(({ provider, running: { hooks } }) => {
    if (!hooks) return [];
    const [url, ...olderUrls] = config.REPORTS === "poll" ? [] : reportUrls(config, provider);
    return [{ provider: provider.name, hooks, url, olderUrls }];
  });
}

function publicDeps(world: World, config: Config, url: string) {
  const trials = config.providers.flatMap((provider) => {
    const [reportUrl] = reportUrls(config, provider);
    const trial = reportUrl === undefined ? undefined : provider.trialReport?.(reportUrl, world.now());
    return trial && reportUrl !== undefined ? [{ provider: provider.name, url: reportUrl, ...trial }] : [];
  });
  return { ...world, url, trials };
}
