import type { MoveContext } from "../core/next-move.ts";
import type { FlowDeps } from "./ports.ts";

type ContextDeps = Pick<FlowDeps, "clock" | "random" | "rules" | "states">;

/** What a decision is made from, read once so that one decision sees one moment. */
export function moveContext(deps: ContextDeps, retryAfterMs?: number): MoveContext {
  const { clock, random, rules, states } = deps;
  return { now: clock.now(), rules, random: random.fraction, retryAfterMs, conditions: states.condition };
}
