import { Counter, Gauge, type Registry } from "prom-client";
import type { FlowEvent, ServiceEvent } from "../flows/events.ts";

const MICROS = 1_000_000;
const MONEY: ("route" | "currency")[] = ["route", "currency"];

type RouteEvent = Extract<
  FlowEvent,
  {
    kind:
      | "attempt.moved"
      | "attempt.held"
      | "attempt.stopped"
      | "attempt.billed"
      | "attempt.refunded"
      | "status.read"
      | "resend.asked"
      | "outcome.told";
  }
>;

/** What keeps the routes usable: moved and held attempts, circuits, status readings, money, and callers' words. */
export function createRouteMetrics(registry: Registry): (event: RouteEvent) => void {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const moved = counter("otp_lane_moves_total", "Attempts moved to another lane before they began.", [
    "from",
    "to",
    "why",
  ]);
  const held = counter("otp_held_total", "Times an attempt waited for an open circuit.", ["route"]);
  const stopped = counter("otp_stopped_total", "Attempts stopped between intent and call.", ["route"]);
  const status = counter("otp_status_reads_total", "Readings of a provider's own record.", [
    "route",
    "found",
  ]);
  const resent = counter("otp_resends_total", "Wishes to have a code sent again.", ["by", "planned"]);
  const cost = counter("otp_cost_total", "Prices that providers asked, in units of the currency.", MONEY);
  const refunds = counter("otp_refunds_total", "Prices that providers gave back.", MONEY);
  const told = counter("otp_outcomes_total", "Outcomes that callers told.", ["verified"]);
  return (event) => {
    switch (event.kind) {
      case "attempt.moved":
        return moved.inc({ from: event.from, to: event.to, why: event.why });
      case "attempt.held":
        return held.inc({ route: event.route });
      case "attempt.stopped":
        return stopped.inc({ route: event.route });
      case "attempt.billed":
        return cost.inc({ route: event.route, currency: event.cost.currency }, event.cost.micros / MICROS);
      case "attempt.refunded":
        return refunds.inc({ route: event.route, currency: event.cost.currency }, event.cost.micros / MICROS);
      case "status.read":
        return status.inc({ route: event.route, found: event.found });
      case "resend.asked":
        return resent.inc({ by: event.by, planned: String(event.planned) });
      case "outcome.told":
        return told.inc({ verified: String(event.verified) });
    }
  };
}

export type CircuitState = Extract<ServiceEvent, { kind: "circuit.moved" }>["to"];

/** How a circuit's state is drawn. */
const LEVEL: Record<CircuitState, number> = { closed: 0, returning: 1, open: 2 };

/** Read when somebody scrapes, so that every process shows it and not only the one that saw it change. */
export function createCircuitGauge(
  registry: Registry,
  circuits: () => ReadonlyMap<string, CircuitState>,
): void {
  new Gauge({
    name: "otp_circuit_state",
    help: "0 closed, 1 traffic returns, 2 open.",
    labelNames: ["circuit"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [circuit, state] of circuits()) this.set({ circuit }, LEVEL[state]);
    },
  });
}

export type RouteWord = "auto" | "forced" | "stopped";

const WORD_LEVEL: Record<RouteWord, number> = { auto: 0, forced: 1, stopped: 2 };

/** Every configured route has a value, so that an alarm can tell "nobody said anything" from "not known". */
export function createWordGauge(registry: Registry, words: () => ReadonlyMap<string, RouteWord>): void {
  new Gauge({
    name: "otp_route_word",
    help: "What operators said of a route: 0 nothing, 1 forced, 2 stopped.",
    labelNames: ["route"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [route, word] of words()) this.set({ route }, WORD_LEVEL[word]);
    },
  });
}

/** As the gauge above: the same in every process. */
export function createQuietGauge(registry: Registry, quiet: () => ReadonlyMap<string, boolean>): void {
  new Gauge({
    name: "otp_route_quiet",
    help: "1 while the messages of a route are not reported.",
    labelNames: ["route"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [route, isQuiet] of quiet()) this.set({ route }, isQuiet ? 1 : 0);
    },
  });
}
