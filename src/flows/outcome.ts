import { advance } from "../core/advance.ts";
import { type Delivery, hasEnded, isSentAgain } from "../core/delivery.ts";
import { type CommitDeps, commit } from "./commit.ts";
import type { Stored } from "./ports.ts";

export type Told = "verified" | "noted" | "over";

/**
 * The caller's word on a code. Verified ends everything: timers, waiting attempts, further routes. Not verified
 * changes nothing, for a mistyped code is typed again.
 */
export async function tellOutcome(deps: CommitDeps, stored: Stored, verified: boolean): Promise<Told> {
  const { id: deliveryId } = stored.delivery;
  deps.events.record({ kind: "outcome.told", deliveryId, verified });
  if (!verified) return "noted";
  const at = deps.clock.now();
  const isLate = (d: Delivery) => at > d.expiresAt + deps.rules.closeAfterMs;
  if (isLate(stored.delivery)) return "over";
  await commit(deps, stored, (d) => (d.verifiedAt === undefined ? advance(d, { kind: "verified", at }) : d));
  return "verified";
}

/**
 * Takes back what has not been sent. A message that a provider took cannot be called back: then nothing more
 * is sent, and its reports are still followed.
 */
export async function cancel(deps: CommitDeps, stored: Stored): Promise<"cancelled" | "stopped" | "over"> {
  if (hasEnded(stored.delivery) && !isSentAgain(stored.delivery)) return "over";
  const at = deps.clock.now();
  const done = await commit(deps, stored, (d) => advance(d, { kind: "cancelled", at }));
  const after = done.kind === "gone" ? undefined : done.stored.delivery;
  return after?.state === "cancelled" ? "cancelled" : "stopped";
}
