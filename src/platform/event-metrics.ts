import { Counter, type Registry } from "prom-client";
import type { FlowEvent } from "../flows/events.ts";

/** Tries to tell clients of their deliveries, by what came of them; clients are no label, there may be many. */
export function createEventMetrics(registry: Registry) {
  const tries = new Counter({
    name: "otp_events_total",
    help: "Events to clients, by what came of each try.",
    labelNames: ["result"],
    registers: [registry],
  });
  return ({ result }: Extract<FlowEvent, { kind: "events.posted" }>): void => tries.inc({ result });
}
