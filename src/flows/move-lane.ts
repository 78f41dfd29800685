import { advance } from "../core/advance.ts";
import { betterLane, latestStartAt } from "../core/next-move.ts";
import { noted } from "../core/observe.ts";
import { commit } from "./commit.ts";
import { moveContext } from "./move-context.ts";
import type { Stored } from "./ports.ts";
import type { WatchDeps } from "./watch.ts";

/** A route that reaches at least half of the people. */
const LIKELY = 0.5;

/**
 * An attempt has waited for too long. It moves to a route that will likely reach the person; to one that
 * rarely does only if its lane has stopped or its turn comes after the code's end, for a refusal there costs its
 * place.
 */
export async function onWait(deps: WatchDeps, stored: Stored): Promise<void> {
  const { next } = stored.delivery;
  if (!next) return;
  const context = moveContext(deps, stored.delivery);
  const { open, quiet, waitMs } = deps.states.conditionsFor(stored.delivery.clientId)(next.route);
  const ahead = await deps.jobs.ahead({ ...next, deliveryId: stored.delivery.id, attempt: next.number });
  // Its own turn: the end of the line may be far off for those who come now.
  const turnMs = ahead === undefined ? waitMs : deps.states.waitBehind(next.route, ahead);
  const isHopeless = open || context.now + turnMs > latestStartAt(stored.delivery, deps.rules);
  const choice = { ...context, minReach: isHopeless ? 0 : LIKELY };
  const why = open ? "circuit" : quiet ? "quiet" : "busy";
  await commit(deps, stored, (d, reached) => {
    if (d.next?.number !== next.number || d.next.route !== next.route) return d;
    const move = betterLane(d, why, { ...choice, reached });
    if (d.observed !== undefined) {
      const wish = move.kind === "attempt" ? move.next : undefined;
      return advance(noted(d, wish, context.now), { kind: "stayed", at: context.now });
    }
    return move.kind === "attempt"
      ? advance(d, { kind: "planned", next: move.next, at: context.now })
      : advance(d, { kind: "stayed", at: context.now });
  });
}
