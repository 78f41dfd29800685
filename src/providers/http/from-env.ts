import type { ConfiguredProvider, Environment } from "../provider.ts";
import { PROVIDERS } from "../registry.ts";
import { httpProvider } from "./provider.ts";
import { readHttpFileIn } from "./read.ts";
import type { ReadEnv } from "./template.ts";

/** Throws for a file that cannot be read; its message is not shown. */
export type ReadText = (path: string) => string;

type Found = { providers: ConfiguredProvider[]; faults: string[] };

/**
 * The providers whose files HTTP_PROVIDERS names, separated by commas. A fault is one sentence: file, place
 * in it as a JSON pointer, what is wrong; never a value of the environment.
 */
export function httpProvidersFrom(env: Environment, readText: ReadText): Found {
  const paths = (env["HTTP_PROVIDERS"] ?? "")
    .split(",")
    .map((path) => path.trim())
    .filter((path) => path !== "");
  const taken = new Set(PROVIDERS.flatMap(({ name, routeId }) => [name, routeId]));
  const all: Found = { providers: [], faults: [] };
  for (const path of paths) {
    const found = providerIn(path, env, readText);
    const faults = "faults" in found ? found.faults : takenFaults(found.provider, taken);
    all.faults.push(...faults.map((fault) => `HTTP_PROVIDERS: ${path}: ${fault}`));
    if ("provider" in found && faults.length === 0) all.providers.push(found.provider);
  }
  return all;
}

/** One file. What the reader throws may hold more than the path, so it ends here. */
function providerIn(
  path: string,
  env: Environment,
  readText: ReadText,
): { provider: ConfiguredProvider } | { faults: string[] } {
  let text: string;
  try {
    text = readText(path);
  } catch {
    return { faults: ["cannot be read"] };
  }
  const values = readerOf(env);
  const read = readHttpFileIn(text, values);
  return "faults" in read ? read : { provider: httpProvider(read.file, values) };
}

/** An empty variable counts as unset: compose files pass every name on, with or without a value. */
export function readerOf(env: Environment): ReadEnv {
  return (name) => env[name]?.trim() || undefined;
}

/** Names and routes are addresses: of reports, lanes and plans. Adds those of this provider. */
function takenFaults({ name, rules }: ConfiguredProvider, taken: Set<string>): string[] {
  const faults = [
    ...(taken.has(name) ? [`/name: ${name} is taken`] : []),
    ...(rules.id !== name && taken.has(rules.id) ? [`/route: ${rules.id} is taken`] : []),
  ];
  for (const one of [name, rules.id]) taken.add(one);
  return faults;
}
