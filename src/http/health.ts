import { json } from "./answer.ts";
import type { Route } from "./route.ts";

/** What one part said of itself. `why` is a sentence for people, without addresses or credentials; beside `ok` it
 * tells what is worse than usual and no reason to take traffic away. */
export type Check = {
  ok: boolean;
  ms?: number | undefined;
  why?: string | undefined /** What it is, for people. */;
  note?: string;
};

export type Readiness = { ready: boolean; draining?: boolean; checks: Record<string, Check> };

export type HealthDeps = { readiness: () => Promise<Readiness> };

/** A probe waits no longer than this; what does not answer by then is not ready. */
const PROBE_MS = 500;

/** The process and its loop only. A store that is away must not get a healthy process restarted. */
export function livez(): Route["handle"] {
  return () => json(200, { status: "alive" });
}

export function readyz(deps: HealthDeps): Route["handle"] {
  return async () => {
    const { ready, draining = false, checks } = await withinProbe(deps.readiness());
    const words = Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, inWords(check)]));
    const takesRequests = ready && !draining;
    return json(takesRequests ? 200 : 503, { ready: takesRequests, draining, checks: words });
  };
}

/** Read by people at three in the morning and by nothing else; machines look at the status. */
function inWords({ ok, ms, why, note }: Check): string {
  const took = ms === undefined ? "" : `, ${Math.round(ms)} ms`;
  if (!ok) return `not ok: ${why ?? "no answer"}${took}`;
  const what = note === undefined ? "" : `, ${note}`;
  return why === undefined ? `ok${took}${what}` : `degraded: ${why}${took}${what}`;
}

async function withinProbe(reading: Promise<Readiness>): Promise<Readiness> {
  const silent: Readiness = { ready: false, checks: { probe: { ok: false, why: "no answer in time" } } };
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(silent), PROBE_MS);
    reading.then(resolve, () => resolve(silent)).finally(() => clearTimeout(timer));
  });
}
