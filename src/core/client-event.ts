import type { Attempt, Delivery, DeliveryState, PlanReason, Purpose } from "./delivery.ts";
import { type Instant, type Price, totals } from "./view.ts";

/** What a client is told of its deliveries without having asked. Never a code, never a whole number. */

export const CLIENT_EVENTS = [
  "delivery.sent",
  "delivery.delivered",
  "delivery.verified",
  "delivery.failed",
  "delivery.expired",
  "delivery.unconfirmed",
  "delivery.cancelled",
  "delivery.failed_over",
] as const;

export type ClientEventName = (typeof CLIENT_EVENTS)[number];

/** Asked for by an operator who wants to see that events arrive. */
export const TEST_EVENT = "endpoint.test";

/** One move of one delivery, by names alone: what it says of the delivery is read when it is sent. */
export type ClientEvent = {
  event: ClientEventName;
  clientId: string;
  deliveryId: string;
  /** Epoch ms of the move. */
  at: number;
  /** The attempt that began on another route; only with `delivery.failed_over`. */
  attempt?: number;
};

/** States that nobody is told of have no entry: nothing has happened yet that a client could act upon. */
const OF_STATE: Partial<Record<DeliveryState, ClientEventName>> = {
  sent: "delivery.sent",
  delivered: "delivery.delivered",
  verified: "delivery.verified",
  failed: "delivery.failed",
  expired: "delivery.expired",
  unconfirmed: "delivery.unconfirmed",
  cancelled: "delivery.cancelled",
};

/** Every event happens at most once in a delivery's life (`failed_over` once an attempt), for states only rise. */
export function clientEvents(before: Delivery, after: Delivery, at: number): ClientEvent[] {
  const { id: deliveryId, clientId } = after;
  const named = stateEvents(before.state, after.state).map((event) => ({ event, clientId, deliveryId, at }));
  const begun = failedOver(before, after);
  if (!begun) return named;
  return [{ event: "delivery.failed_over", clientId, deliveryId, at, attempt: begun.number }, ...named];
}

/** A report that overtook the answer to our call skips `sent`; who counts messages misses none all the same. */
function stateEvents(from: DeliveryState, to: DeliveryState): ClientEventName[] {
  const event = OF_STATE[to];
  if (from === to || event === undefined) return [];
  const isSkipped = to === "delivered" && (from === "queued" || from === "sending");
  return isSkipped ? ["delivery.sent", event] : [event];
}

/** An attempt that has just begun, on another route than the one before it. */
function failedOver(before: Delivery, after: Delivery): Attempt | undefined {
  const [previous, newest] = after.attempts.slice(-2);
  if (after.attempts.length <= before.attempts.length || !newest) return undefined;
  return previous?.route === newest.route ? undefined : newest;
}

/**
 * Names the event in every try and in the queue, so that a receiver can tell a repeat: without `.`, which the
 * signature uses, and without `:`, which the queue does.
 */
export function eventMessageId({ event, deliveryId, attempt }: ClientEvent): string {
  const name = event.slice(event.indexOf(".") + 1);
  return `evt_${deliveryId}_${name}${attempt === undefined ? "" : `_${attempt}`}`;
}

/** An allow-list: a new field of a delivery stays inside until it is named here. Instants are ISO 8601. */
export type EventData = {
  id: string;
  state: DeliveryState;
  purpose: Purpose;
  reference?: string;
  /** Country code and last two digits. */
  recipient: string;
  /** Of the message that was delivered, else of the newest attempt. */
  route?: string;
  attempts: number;
  cost: Price[];
  createdAt: string;
  expiresAt: string;
  /** First accept of a provider. */
  sentAt?: string;
  deliveredAt?: string;
  verifiedAt?: string;
  cancelledAt?: string;
  endedAt?: string;
  late?: true;
  failedOver?: { attempt: number; from: string; to: string; why: PlanReason };
};

export type EventPayload = { type: ClientEventName; timestamp: string; data: EventData };

/** What is sent. `data` is the delivery as it is now, which may be further than the event says. */
export function eventPayload(event: ClientEvent, delivery: Delivery, instant: Instant): EventPayload {
  const { attempts } = delivery;
  const route = (attempts.find((a) => a.state === "delivered") ?? attempts.at(-1))?.route;
  const data: EventData = {
    id: delivery.id,
    state: delivery.state,
    purpose: delivery.purpose,
    ...(delivery.reference === undefined ? {} : { reference: delivery.reference }),
    recipient: delivery.recipientMasked,
    ...(route === undefined ? {} : { route }),
    attempts: attempts.length,
    cost: totals(attempts),
    createdAt: instant(delivery.createdAt),
    expiresAt: instant(delivery.expiresAt),
    ...marks(delivery, instant),
    ...(delivery.late ? { late: true as const } : {}),
    ...change(event, attempts),
  };
  return { type: event.event, timestamp: instant(event.at), data };
}

function marks({ attempts, verifiedAt, cancelledAt, endedAt }: Delivery, instant: Instant) {
  const named = {
    sentAt: earliest(attempts.map((a) => a.acceptedAt)),
    deliveredAt: earliest(attempts.map((a) => a.deliveredAt)),
    verifiedAt,
    cancelledAt,
    endedAt,
  };
  const known = Object.entries(named).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(known.map(([name, at]) => [name, instant(at)]));
}

function earliest(instants: readonly (number | undefined)[]): number | undefined {
  const known = instants.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function change({ attempt }: ClientEvent, attempts: readonly Attempt[]): Pick<EventData, "failedOver"> {
  const index = attempts.findIndex((a) => a.number === attempt);
  const [from, to] = [attempts[index - 1], attempts[index]];
  if (!from || !to) return {};
  return { failedOver: { attempt: to.number, from: from.route, to: to.route, why: to.why } };
}
