import type { Delivery } from "../core/delivery.ts";
import type { MoveContext } from "../core/next-move.ts";
import type { Conditions } from "../core/route.ts";
import type { FlowDeps } from "./ports.ts";

type ContextDeps = Pick<FlowDeps, "clock" | "random" | "rules" | "states">;

/** What a decision is made from, read once so that one decision sees one moment. */
export function moveContext(
  deps: ContextDeps,
  { clientId }: Pick<Delivery, "clientId">,
  retryAfterMs?: number,
): MoveContext & { conditions: Conditions } {
  const { clock, random, rules, states } = deps;
  const conditions = states.conditionsFor(clientId);
  return { now: clock.now(), rules, random: random.fraction, retryAfterMs, conditions };
}
