import type { Delivery, PlannedAttempt, PlanReason } from "./delivery.ts";

/**
 * Observing: a delivery stays on the first route of its plan, as it would without otpost, and keeps a note of
 * every other route that failover would have gone to, at the moment when it would have.
 */

/** A move that was not made. */
export type ObservedMove = { at: number; from: string; to: string; why: PlanReason };

/** The delivery as the moves that are really made see it. */
export function ownRoute(delivery: Delivery): Delivery {
  return delivery.observed === undefined ? delivery : { ...delivery, plan: delivery.plan.slice(0, 1) };
}

/** With the note that it would go there now; each other route is noted once, and its own never. */
export function noted(
  delivery: Delivery,
  next: Pick<PlannedAttempt, "route" | "why"> | undefined,
  at: number,
): Delivery {
  const { observed, plan } = delivery;
  const [from = ""] = plan;
  if (observed === undefined || next === undefined || next.route === from) return delivery;
  if (observed.some(({ to }) => to === next.route)) return delivery;
  return { ...delivery, observed: [...observed, { at, from, to: next.route, why: next.why }] };
}

/** Notes that a change has added. */
export function newNotes(before: Delivery, after: Delivery): readonly ObservedMove[] {
  return (after.observed ?? []).slice(before.observed?.length ?? 0);
}
