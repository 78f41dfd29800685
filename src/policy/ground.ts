import type { RouteRules, Rules } from "../core/rules.ts";

/** What the environment gives a policy to stand on. */

export type Ground = {
  /** Routes whose provider has its key, with the timers of the environment. */
  rules: Rules;
  /** Order of routes where no policy names one. */
  order: readonly string[];
  /** Routes that exist and have no key, with the name of the setting that would bring them. */
  keyless: ReadonlyMap<string, string>;
  /** By route: what is wrong with a sender, or undefined. Routes that show none of ours have no entry. */
  senders: ReadonlyMap<string, SenderCheck>;
};

export type SenderCheck = (sender: string) => string | undefined;

/** What holds now: the environment alone, or under a policy file. */
export type Policy = {
  rules: Rules;
  /** Order of routes where no plan fits. */
  order: readonly string[];
  /** First digits of SHA-256 over the file; undefined without one. */
  hash: string | undefined;
  /** As the operator named it. */
  path: string | undefined;
  /** What is allowed and probably not meant. */
  warnings: readonly string[];
};

/** Zero configuration: every route with a key, nothing else said. */
export function withoutFile({ rules, order }: Ground): Policy {
  return { rules, order, hash: undefined, path: undefined, warnings: [] };
}

export function routeIds({ rules }: Ground): string[] {
  return [...rules.routes.keys()];
}

/** Whether new deliveries may go there. */
export function isUsed(route: RouteRules | undefined): boolean {
  return route !== undefined && route.withdrawn !== true;
}
