import type { FlowEvent } from "../flows/ports.ts";
import type { LogFields } from "./log-fields.ts";
import type { Logger } from "./logger.ts";

/** One log line for each event of the flows, under the event's own name. */
export function createEventLog(logger: Logger): (event: FlowEvent) => void {
  return (event) => {
    const write = event.kind === "accept.repeated" ? logger.debug : logger.info;
    write(event.kind, fieldsOf(event));
  };
}

/** Names that would read as a number or a code in a log (`to`, `code`) are written under other ones. */
function fieldsOf(event: FlowEvent): LogFields {
  switch (event.kind) {
    case "accept.refused":
      return { clientId: event.clientId, reason: event.code };
    case "delivery.moved": {
      const { deliveryId, ageMs, late, attempts, paidAttempts } = event;
      return { deliveryId, ageMs, late, attempts, paidAttempts, change: `${event.from} > ${event.to}` };
    }
    case "delivery.failover":
      return { deliveryId: event.deliveryId, reason: event.why, change: `${event.from} > ${event.to}` };
    case "watch.acted":
      return { deliveryId: event.deliveryId, timer: event.on };
    case "accept.queued":
    case "accept.repeated":
    case "attempt.started":
    case "attempt.finished":
    case "settle.applied":
    case "settle.parked":
    case "doubt.settled":
    case "reconcile.repaired":
      // Its kind is no field that is written.
      return event;
  }
}
