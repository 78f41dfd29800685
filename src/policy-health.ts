import type { Base } from "./compose.ts";
import type { Check } from "./http/health.ts";
import { systemClock } from "./platform/clock.ts";

/** Which policy holds, for readiness. A file with faults is no reason to take traffic away: the earlier one holds. */
export function policyCheck({ live, config, policyWatch }: Base): Record<string, Check> {
  const { hash } = live.current();
  const fault = policyWatch?.fault();
  if (hash === undefined && fault === undefined) return {};
  const ageS = Math.round((systemClock.now() - live.since()) / 1_000);
  const note = `${hash ?? "the environment alone"}, in force for ${ageS} s`;
  if (fault === undefined) return { policy: { ok: true, note } };
  return { policy: { ok: true, note, why: `${config.policy.path ?? "the policy file"} has faults` } };
}
