import { existsSync, readFileSync } from "node:fs";
import { type Ground, type Policy, withoutFile } from "./policy/ground.ts";
import { readPolicy } from "./policy/read.ts";
import type { ConfiguredProvider, Environment } from "./providers/provider.ts";
import { PROVIDERS } from "./providers/registry.ts";

/** Where the policy stands, and what it is read against. */

/** Read from the working directory where POLICY names none. */
const DEFAULT_FILES = ["otpost.config.yaml", "otpost.config.json"];

/** @returns undefined where all comes from the environment */
export function policyPath(env: { readonly POLICY?: string | undefined }): string | undefined {
  return env.POLICY?.trim() || DEFAULT_FILES.find((path) => existsSync(path));
}

export function groundOf(
  providers: readonly ConfiguredProvider[],
  { rules, order }: Pick<Ground, "rules" | "order">,
): Ground {
  const keyless = PROVIDERS.filter(({ routeId }) => !rules.routes.has(routeId));
  return {
    rules,
    order,
    keyless: new Map(keyless.map(({ routeId, key }) => [routeId, key])),
    senders: new Map(providers.flatMap((p) => (p.senderFault ? [[p.rules.id, p.senderFault]] : []))),
  };
}

/** The policy that holds under this environment, or every fault of its file. */
export function policyFrom(env: Environment, ground: Ground): { policy: Policy } | { faults: string[] } {
  const path = policyPath(env);
  if (path === undefined) return { policy: withoutFile(ground) };
  const text = policyText(path);
  return text === undefined ? { faults: [`${path} cannot be read`] } : readPolicy(text, { path, ground });
}

/** @returns undefined for a file that cannot be read; the reason may hold more than the path */
export function policyText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
