import { type Delivery, type DeliveryState, hasEnded, isPaid, type Purpose } from "./delivery.ts";

/** What a log line may say of a delivery: ids, states, routes, counts and durations in ms. */
export type LoggedDelivery = {
  deliveryId: string;
  clientId: string;
  purpose: Purpose;
  state: DeliveryState;
  /** Route of the planned attempt, else of the newest one. */
  route: string | undefined;
  attempts: number;
  paidAttempts: number;
  reports: number;
  /** From acceptance to the end, or to now while it is open. */
  ageMs: number;
  /** What is left of the code's life; 0 once it is dead. */
  leftMs: number;
  late: boolean;
};

/**
 * The log-safe view of a delivery. It lists what is allowed, so that a field added later stays out; the
 * caller's own reference stays out as well, for nobody keeps him from writing a number into it.
 */
export function logged(delivery: Delivery, now: number): LoggedDelivery {
  const { attempts } = delivery;
  const endedAt = hasEnded(delivery) ? delivery.endedAt : undefined;
  return {
    deliveryId: delivery.id,
    clientId: delivery.clientId,
    purpose: delivery.purpose,
    state: delivery.state,
    route: delivery.next?.route ?? attempts.at(-1)?.route,
    attempts: attempts.length,
    paidAttempts: attempts.filter(isPaid).length,
    reports: attempts.reduce((sum, a) => sum + a.reports.length, 0),
    ageMs: (endedAt ?? now) - delivery.createdAt,
    leftMs: Math.max(0, delivery.expiresAt - now),
    late: delivery.late === true,
  };
}
