import { type Delivery, type DeliveryState, isPaid } from "./delivery.ts";

/** What a log line may say of a delivery: ids, states, counts and durations in ms. */
type LoggedDelivery = {
  deliveryId: string;
  state: DeliveryState;
  attempts: number;
  paidAttempts: number;
  /** From acceptance to the end, or to now while it is open. */
  ageMs: number;
  late: boolean;
};

/**
 * The log-safe view of a delivery. It lists what is allowed, so that a field added later stays out; the
 * caller's own reference stays out as well, for nobody keeps him from writing a number into it.
 */
export function logged(delivery: Delivery, now: number): LoggedDelivery {
  const { attempts } = delivery;
  return {
    deliveryId: delivery.id,
    state: delivery.state,
    attempts: attempts.length,
    paidAttempts: attempts.filter(isPaid).length,
    ageMs: (delivery.endedAt ?? now) - delivery.createdAt,
    late: delivery.late === true,
  };
}
