import type { SendOutcome } from "./outcome.ts";

/** Where the provider does not say how long. */
const UNSAID_MS = 2_000;
/** A rest of less would end before all workers know of it; a longer one is not believed. */
const MIN_MS = 1_000;
const MAX_MS = 60_000;

/**
 * How long a provider wants no calls of ours on this route, in ms. It works and only asks for patience, so this
 * is no failure of it; undefined for every other outcome.
 */
export function restAsked(outcome: SendOutcome): number | undefined {
  if (outcome.kind !== "unavailable" || outcome.reason !== "throttled") return undefined;
  return Math.min(Math.max(outcome.retryAfterMs ?? UNSAID_MS, MIN_MS), MAX_MS);
}
