import { Counter, Histogram, type Registry } from "prom-client";
import type { FlowEvent } from "../flows/events.ts";
import { createEventMetrics } from "./event-metrics.ts";
import { createRouteMetrics } from "./route-metrics.ts";
import { createServiceMetrics, isServiceEvent } from "./service-events.ts";

/** From a fast accept to the longest life of a code, s. */
const SECONDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600];

/** Counts what the flows report. Routes, providers and states are configured or ours, so labels stay bounded. */
export function createFlowMetrics(registry: Registry): (event: FlowEvent) => void {
  const acceptance = createAcceptMetrics(registry);
  const [attempts, deliveries] = [createAttemptMetrics(registry), createDeliveryMetrics(registry)];
  const reports = createReportMetrics(registry);
  const [routes, told] = [createRouteMetrics(registry), createEventMetrics(registry)];
  const service = createServiceMetrics(registry);
  return (event) => {
    if (isServiceEvent(event)) return service(event);
    switch (event.kind) {
      case "accept.queued":
      case "accept.repeated":
      case "accept.refused":
      case "watch.acted":
      case "reconcile.repaired":
        return acceptance(event);
      case "attempt.started":
      case "attempt.finished":
      case "doubt.settled":
        return attempts(event);
      case "delivery.moved":
      case "delivery.failover":
      case "delivery.would_move":
        return deliveries(event);
      case "settle.applied":
      case "settle.parked":
        return reports(event);
      case "events.posted":
        return told(event);
      case "attempt.moved":
      case "attempt.held":
      case "attempt.stopped":
      case "attempt.billed":
      case "attempt.refunded":
      case "status.read":
      case "resend.asked":
      case "outcome.told":
        return routes(event);
    }
  };
}

function counter<L extends string>(registry: Registry, name: string, help: string, labelNames: L[]) {
  return new Counter({ name, help, labelNames, registers: [registry] });
}

function seconds<L extends string>(registry: Registry, name: string, help: string, labelNames: L[]) {
  return new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [registry] });
}

type Of<K extends FlowEvent["kind"]> = Extract<FlowEvent, { kind: K }>;

function createAcceptMetrics(registry: Registry) {
  const messages = messagesCounter(registry);
  const repeated = counter(registry, "otp_repeated_total", "Requests answered with a living delivery.", []);
  const orders = counter(registry, "otp_ordered_total", "Codes whose first route was measured.", [
    "route",
    "why",
  ]);
  const limited = counter(registry, "otp_ratelimited_total", "Requests refused by a limit.", ["limit"]);
  const blocked = counter(registry, "otp_blocked_total", "Requests refused by a rule.", ["reason"]);
  const timers = counter(registry, "otp_timers_total", "Timers of deliveries that acted.", ["on"]);
  const repairs = counter(registry, "otp_repairs_total", "Lost jobs and timers put back.", ["what"]);
  type Event = Of<
    "accept.queued" | "accept.repeated" | "accept.refused" | "watch.acted" | "reconcile.repaired"
  >;
  return (event: Event): void => {
    switch (event.kind) {
      case "accept.queued":
        if (event.ordered) orders.inc({ route: event.ordered.first, why: event.ordered.why });
        return messages.inc({ state: "queued" });
      case "accept.repeated":
        return repeated.inc();
      case "accept.refused":
        return event.code.endsWith("_limit") || event.code === "spend_cap"
          ? limited.inc({ limit: event.code })
          : blocked.inc({ reason: event.code });
      case "watch.acted":
        return timers.inc({ on: event.on });
      case "reconcile.repaired":
        return repairs.inc({ what: event.what });
    }
  };
}

/** Shared by acceptance and movement: one counter for each state that a delivery ever entered. */
function messagesCounter(registry: Registry): Counter<"state"> {
  const known = registry.getSingleMetric("otp_messages_total");
  if (known instanceof Counter) return known;
  return counter(registry, "otp_messages_total", "Deliveries that entered a state.", ["state"]);
}

/** Labels name the route, not the provider: two accounts of one provider can behave very differently. */
function createAttemptMetrics(registry: Registry) {
  const outcomes = counter(registry, "otp_provider_requests_total", "Provider calls.", ["route", "outcome"]);
  const unknown = counter(registry, "otp_unknown_outcome_total", "Calls without a provable outcome.", [
    "route",
  ]);
  const doubts = counter(registry, "otp_reconciled_total", "Doubtful calls looked up.", ["route", "result"]);
  const took = seconds(registry, "otp_provider_duration_seconds", "Time of a provider call.", ["route"]);
  const waited = seconds(registry, "otp_queue_wait_seconds", "Time in a lane.", ["route"]);
  return (event: Of<"attempt.started" | "attempt.finished" | "doubt.settled">): void => {
    const { route } = event;
    switch (event.kind) {
      case "attempt.started":
        return waited.observe({ route }, event.waitedMs / 1000);
      case "attempt.finished":
        outcomes.inc({ route, outcome: event.outcome });
        took.observe({ route }, event.tookMs / 1000);
        if (event.outcome === "uncertain") unknown.inc({ route });
        return;
      case "doubt.settled":
        return doubts.inc({ route, result: event.found });
    }
  };
}

/** Ages count from the intake, so they hold waits, retries and failovers: what the person felt. */
function createDeliveryMetrics(registry: Registry) {
  const messages = messagesCounter(registry);
  const toAccept = seconds(registry, "otp_time_to_accept_seconds", "From intake to a provider's accept.", []);
  const toDelivery = seconds(registry, "otp_time_to_delivery_seconds", "From intake to delivered.", []);
  const late = counter(registry, "otp_late_total", "Deliveries whose end a late report lifted.", []);
  const failovers = counter(registry, "otp_failovers_total", "Moves to the next route.", [
    "from",
    "to",
    "why",
  ]);
  const observed = counter(registry, "otp_would_move_total", "Moves that were only observed.", [
    "from",
    "to",
    "why",
  ]);
  return (event: Of<"delivery.moved" | "delivery.failover" | "delivery.would_move">): void => {
    if (event.kind === "delivery.would_move") {
      return observed.inc({ from: event.from, to: event.to, why: event.why });
    }
    if (event.kind === "delivery.failover") {
      return failovers.inc({ from: event.from, to: event.to, why: event.why });
    }
    messages.inc({ state: event.to });
    if (event.late) late.inc();
    if (event.to === "sent") toAccept.observe(event.ageMs / 1000);
    if (event.to === "delivered") toDelivery.observe(event.ageMs / 1000);
  };
}

/** Parked ones are counted apart: many of them mean that somebody else sends through our account. */
function createReportMetrics(registry: Registry) {
  const reports = counter(registry, "otp_dlr_total", "Delivery reports.", ["provider", "status", "result"]);
  const age = seconds(registry, "otp_dlr_age_seconds", "Age of a delivery when its report was applied.", [
    "provider",
  ]);
  return (event: Of<"settle.applied" | "settle.parked">): void => {
    const { provider, status } = event;
    const result = event.kind === "settle.applied" ? "applied" : "parked";
    reports.inc({ provider, status, result });
    if (event.kind === "settle.applied") age.observe({ provider }, event.ageMs / 1000);
  };
}
