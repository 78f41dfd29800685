import type { ConfiguredProvider, Environment, ProviderDefinition } from "./provider.ts";
import { sandbox } from "./sandbox.ts";
import { seven } from "./seven.ts";
import { telegramGateway } from "./telegram-gateway.ts";

/** Every provider, in the order in which their routes are tried unless a plan says otherwise. */
export const PROVIDERS: readonly ProviderDefinition[] = [seven, telegramGateway, sandbox];

/** The providers whose key is set, and what is wrong with the settings of the others. */
export function configuredProviders(
  env: Environment,
  definitions: readonly ProviderDefinition[] = PROVIDERS,
): { providers: ConfiguredProvider[]; faults: string[] } {
  const providers: ConfiguredProvider[] = [];
  const faults: string[] = [];
  for (const definition of definitions) {
    const configured = definition.configure(env);
    if (configured.kind === "ready") providers.push(configured.provider);
    if (configured.kind === "faulty") faults.push(...configured.faults);
  }
  return { providers, faults };
}
