import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OnStart } from "./child.ts";
import type { Faults, Plan, Run } from "./drill.ts";
import { type Service, startService } from "./service-process.ts";
import { startTwinProcess, type Twins } from "./twin-process.ts";

/** Everything one run needs, in processes and a directory of its own. */
export type Stage = {
  dir: string;
  twins: Twins;
  service: Service;
  /** Scripts for all twins, on top of what holds in the whole run. */
  script: (faults: Faults) => Promise<void>;
  /** Ends the processes; their files stay. */
  end: () => Promise<void>;
};

/** Below it lie ledgers, logs and the service's data. @returns and how to remove it */
export function makeDir(of: "drill" | "race" = "drill"): { dir: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), `otpost-${of}-`));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

const ROUTES = ["seven-sms", "telegram-gateway"];

/** The order of the routes is told, so that it is the same whatever the service takes by default. */
function settingsOf({ secondSms = false, reports }: Run, twins: Twins): Record<string, string> {
  return {
    ROUTES: [...ROUTES, ...(secondSms ? ["gatewayapi-sms"] : [])].join(","),
    ...(secondSms ? twins.secondSms : {}),
    ...(reports === undefined ? {} : { REPORTS: reports }),
  };
}

type StageDeps = { dir: string; seed: number; run: Run; plan: Plan; contract?: string | undefined };

/** Those that requests name; one where none is named. */
function clientsOf({ arrivals }: Plan): string[] {
  const named = new Set(arrivals.flatMap(({ client }) => client ?? []));
  return named.size === 0 ? ["drill"] : [...named];
}

/** Twins first, under the first phase's script: the service may look at its providers when it starts. */
export async function startStage(
  { dir, seed, run, plan, contract }: StageDeps,
  onStart: OnStart,
): Promise<Stage> {
  const twins = await startTwinProcess(dir, onStart, contract);
  const script = async ({ seven = {}, telegram = {}, gatewayapi = {} }: Faults) => {
    // A number's magic would answer instead of the script.
    const all = { seed, magic: false };
    await twins.script("seven", { ...all, ...seven, ...run.faults?.seven });
    await twins.script("telegramGateway", { ...all, ...telegram, ...run.faults?.telegram });
    await twins.script("gatewayapi", { ...all, ...gatewayapi, ...run.faults?.gatewayapi });
  };
  await script(plan.phases[0] ?? {});
  const settings = { ...twins.env, ...settingsOf(run, twins), ...plan.settings };
  const { extraWorkers } = plan;
  const isPolled = run.reports === "poll";
  const service = await startService(
    dir,
    { settings, extraWorkers, isPublic: !isPolled, clients: clientsOf(plan) },
    onStart,
  );
  if (!isPolled) await twins.reportTo(service.sevenReportUrl);
  const end = async () => {
    await service.end();
    await twins.end();
  };
  return { dir, twins, service, script, end };
}
