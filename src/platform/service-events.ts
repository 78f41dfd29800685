import { Counter, type Registry } from "prom-client";
import type { FlowEvent, ServiceEvent } from "../flows/events.ts";

/** Held against the union: a new one is named here, or this does not compile. */
const KINDS: Record<ServiceEvent["kind"], true> = {
  "circuit.moved": true,
  "word.said": true,
  "word.ended": true,
  "route.rests": true,
  "route.quiet": true,
  "reconcile.done": true,
  "refusals.lost": true,
  "conservation.broken": true,
  "events.disabled": true,
  "policy.reloaded": true,
};

export function isServiceEvent(event: FlowEvent): event is ServiceEvent {
  return Object.hasOwn(KINDS, event.kind);
}

/** What belongs to no delivery; most of it is counted as alerts and shown by gauges. */
export function createServiceMetrics(registry: Registry): (event: ServiceEvent) => void {
  const moves = new Counter({
    name: "otp_circuit_moves_total",
    help: "Changes of circuits.",
    labelNames: ["circuit", "to"],
    registers: [registry],
  });
  const rests = new Counter({
    name: "otp_rests_total",
    help: "Pauses that providers asked for.",
    labelNames: ["route"],
    registers: [registry],
  });
  const quiet = new Counter({
    name: "otp_route_quiet_moves_total",
    help: "Times a route went quiet or spoke again.",
    labelNames: ["route", "to"],
    registers: [registry],
  });
  const lost = new Counter({
    name: "otp_refusals_lost_total",
    help: "Refusals that the help desk will not find.",
    registers: [registry],
  });
  const reloads = new Counter({
    name: "otp_policy_reload_total",
    help: "Changed policy files that were read.",
    labelNames: ["result"],
    registers: [registry],
  });
  return (event) => {
    if (event.kind === "policy.reloaded") reloads.inc({ result: event.result });
    if (event.kind === "refusals.lost") lost.inc(event.count);
    if (event.kind === "circuit.moved") moves.inc({ circuit: event.circuit, to: event.to });
    if (event.kind === "route.quiet") quiet.inc({ route: event.route, to: event.to });
    if (event.kind === "route.rests") rests.inc({ route: event.route });
  };
}
