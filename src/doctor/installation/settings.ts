import { type Config, ConfigFault, readConfig, settingsSchema } from "../../config.ts";
import type { Environment } from "../../providers/provider.ts";
import { PROVIDERS } from "../../providers/registry.ts";
import type { Check, Finding } from "../finding.ts";

/** The settings, as far as they can be used. */
export type Settings = {
  /** One line each, as a start would tell them. */
  faults: readonly string[];
  /** Without what has faults, so that the rest can be looked at; undefined where nothing is left. */
  config: Config | undefined;
};

/** Each pass leaves out what has faults; taking one out may show another. */
const PASSES = 3;

/** A policy is looked at by a check of its own. */
export function readSettings(env: Environment): Settings {
  const first = attempt(env);
  if ("config" in first) return { faults: [], config: first.config };
  let [left, faults]: [Environment, readonly string[]] = [env, first.faults];
  for (let pass = 0; pass < PASSES; pass += 1) {
    left = without(left, faults, pass);
    const read = attempt(left);
    if ("config" in read) return { faults: first.faults, config: read.config };
    ({ faults } = read);
  }
  return { faults: first.faults, config: undefined };
}

function attempt(env: Environment): { config: Config } | { faults: readonly string[] } {
  try {
    return { config: readConfig(env, { policy: "unread" }) };
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    return { faults: error.message.split("\n  ").slice(1) };
  }
}

/** Names stand before the colon. Provider files tell of themselves by their path, so those go as a whole. */
function without(env: Environment, faults: readonly string[], pass: number): Environment {
  const named = faults.map((fault) => fault.split(":")[0] ?? "");
  const pairs = named.includes("ALERT_WEBHOOK_SECRET") ? ["ALERT_WEBHOOK_URL"] : [];
  const files = pass > 0 ? ["HTTP_PROVIDERS"] : [];
  const gone = new Set([...named, ...pairs, ...files]);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !gone.has(name)));
}

export function settingsCheck({ faults }: Settings, env: Environment): Check {
  return {
    name: "settings",
    run: async () => {
      const found = [...faults.map(faultFinding), ...unknownNames(env).map(unknownFinding)];
      return found.length > 0 ? found : [{ level: "ok", what: "every setting can be used" }];
    },
  };
}

function faultFinding(fault: string): Finding {
  return {
    level: "fail",
    what: fault,
    why: "otpost does not start with it (exit 78).",
    todo: "Correct it where your settings are; .env.example tells the form of each.",
  };
}

/** Beginnings that no other program's settings have. */
const OURS = /^(SEVEN|TELEGRAM_GATEWAY|RECIPIENT_LIMIT|PREFIX_LIMIT|ALERT_WEBHOOK|SMS_SILENCE)_/;

/** Names like ours that nobody reads: most are typing mistakes. Those of provider files are their own. */
function unknownNames(env: Environment): string[] {
  const known = new Set([
    ...Object.keys(settingsSchema.shape),
    ...PROVIDERS.flatMap(({ settings }) => Object.keys(settings.shape)),
  ]);
  return Object.keys(env).filter((name) => OURS.test(name) && !known.has(name));
}

function unknownFinding(name: string): Finding {
  return {
    level: "warn",
    what: `${name} is no setting of otpost`,
    why: "Nobody reads it; perhaps another name was meant.",
    todo: "Compare it with .env.example, or take it out.",
  };
}
