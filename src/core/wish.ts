import { type Delivery, hasEnded, withoutNext } from "./delivery.ts";

/**
 * A recipient's wish for one more copy lives from its plan until a provider took a copy, he got an earlier one, or
 * nothing can be sent any more. Until then a delivery that was reported delivered keeps its code and its timers.
 */
export function settleWish(delivery: Delivery): Delivery {
  if (delivery.askedAt === undefined || !isOver(delivery, delivery.askedAt)) return delivery;
  const { askedAt: _, ...rest } = delivery;
  return hasEnded(rest) ? withoutNext(rest) : rest;
}

function isOver(delivery: Delivery, askedAt: number): boolean {
  const { exhaustedAt, deadlineAt, cancelledAt, closedAt, verifiedAt } = delivery;
  if ([exhaustedAt, deadlineAt, cancelledAt, closedAt, verifiedAt].some((at) => at !== undefined))
    return true;
  if (delivery.attempts.some((a) => a.deliveredAt !== undefined && a.deliveredAt > askedAt)) return true;
  const newest = delivery.attempts.at(-1);
  // A report that it did not arrive may overtake the provider's accept: then nobody has a copy yet.
  const isTaken = newest?.acceptedAt !== undefined && newest.state !== "undelivered";
  return delivery.next === undefined && isTaken;
}
