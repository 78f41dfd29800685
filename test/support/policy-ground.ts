import { readConfig } from "../../src/config.ts";
import type { Ground, Policy } from "../../src/policy/ground.ts";
import { readPolicy } from "../../src/policy/read.ts";

/** seven and Telegram with their keys, and nothing else said. */
export function twoRoutes(env: Record<string, string> = {}): Ground {
  const keys = { SEVEN_API_KEY: "seven-key", TELEGRAM_GATEWAY_TOKEN: "telegram-token" };
  return readConfig({ ...keys, ...env }, { policy: "unread" }).ground;
}

export function faultsOf(text: string, ground = twoRoutes()): string[] {
  const read = readPolicy(text, { path: "p.yaml", ground });
  return "faults" in read ? read.faults : [];
}

export function policyOf(text: string, ground = twoRoutes()): Policy {
  const read = readPolicy(text, { path: "p.yaml", ground });
  if ("faults" in read) throw new Error(read.faults.join("\n"));
  return read.policy;
}
