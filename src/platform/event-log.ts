import type { FlowEvent, ServiceEvent, StepEvent } from "../flows/events.ts";
import type { LogFields } from "./log-fields.ts";
import type { Logger } from "./logger.ts";
import { isServiceEvent } from "./service-events.ts";

/** Of every request or message: they are counted, and would only fill a log. */
const QUIET: ReadonlySet<FlowEvent["kind"]> = new Set(["accept.repeated", "attempt.billed", "events.posted"]);

/** One log line for each event of the flows, under the event's own name. */
export function createEventLog(logger: Logger): (event: FlowEvent) => void {
  return (event) => {
    const write = QUIET.has(event.kind) ? logger.debug : logger.info;
    write(event.kind, isServiceEvent(event) ? serviceFields(event) : fieldsOf(event));
  };
}

/** Names that would read as a number or a code in a log (`to`, `code`) are written under other ones. */
function fieldsOf(event: StepEvent): LogFields {
  switch (event.kind) {
    case "accept.refused":
      return { clientId: event.clientId, reason: event.code, door: event.door };
    case "delivery.moved":
      return movedFields(event);
    case "delivery.failover":
    case "delivery.would_move":
    case "attempt.moved":
      return { deliveryId: event.deliveryId, reason: event.why, change: `${event.from} > ${event.to}` };
    case "resend.asked":
      return {
        deliveryId: event.deliveryId,
        what: event.by,
        outcome: event.planned ? "planned" : "not planned",
      };
    case "outcome.told":
      return { deliveryId: event.deliveryId, outcome: event.verified ? "verified" : "not verified" };
    case "watch.acted":
      return { deliveryId: event.deliveryId, timer: event.on };
    case "attempt.billed":
    case "attempt.refunded":
      return { deliveryId: event.deliveryId, attempt: event.attempt, route: event.route };
    case "events.posted":
      return postedFields(event);
    case "accept.queued":
    case "accept.repeated":
    case "attempt.started":
    case "attempt.finished":
    case "settle.applied":
    case "settle.parked":
    case "doubt.settled":
    case "status.read":
    case "attempt.held":
    case "attempt.stopped":
    case "reconcile.repaired":
      // Its kind is no field that is written.
      return event;
  }
}

function movedFields(event: Extract<StepEvent, { kind: "delivery.moved" }>): LogFields {
  const { deliveryId, ageMs, late, attempts, paidAttempts } = event;
  return { deliveryId, ageMs, late, attempts, paidAttempts, change: `${event.from} > ${event.to}` };
}

function postedFields(event: Extract<StepEvent, { kind: "events.posted" }>): LogFields {
  const { clientId, deliveryId, event: what, result: outcome, status, tookMs } = event;
  return { clientId, deliveryId, what, outcome, status, tookMs };
}

/** What belongs to no delivery. */
function serviceFields(event: ServiceEvent): LogFields {
  switch (event.kind) {
    case "word.said": {
      const { kind, by, why, since, until } = event.word;
      return { route: event.route, change: kind, what: by, reason: why, forMs: until - since };
    }
    case "word.ended":
      return { route: event.route, change: event.how, what: event.by };
    case "route.rests":
      return { route: event.route, forMs: event.restMs };
    case "reconcile.done":
      return { count: event.jobs + event.timers };
    case "refusals.lost":
      return { count: event.count };
    case "conservation.broken":
      return { count: event.gap };
    case "events.disabled":
      return { clientId: event.clientId, reason: event.why };
    case "policy.reloaded":
      return { outcome: event.result, what: event.hash, count: event.faults };
    case "route.quiet":
      return { route: event.route, change: event.to };
    case "circuit.moved":
      return { what: event.circuit, reason: event.why, change: event.to };
  }
}
