import { monitorEventLoopDelay } from "node:perf_hooks";
import { Gauge, type Registry } from "prom-client";

/** Sampling step of the event loop's delay, ms. */
const RESOLUTION_MS = 20;
const NS_PER_SECOND = 1e9;

/** How late the event loop was since the last scrape. A blocked loop is what loses job locks. */
export function createLoopLag(registry: Registry): { close: () => void } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  new Gauge({
    name: "otp_event_loop_lag_seconds",
    help: "Delay of the event loop since the last scrape.",
    labelNames: ["quantile"],
    registers: [registry],
    collect() {
      this.set({ quantile: "0.5" }, beyondStep(delay.percentile(50)));
      this.set({ quantile: "0.99" }, beyondStep(delay.percentile(99)));
      this.set({ quantile: "1" }, beyondStep(delay.max));
      delay.reset();
    },
  });
  return { close: () => void delay.disable() };
}

/** The histogram holds whole intervals; the step itself is no lag. */
function beyondStep(ns: number): number {
  return Math.max(0, ns / NS_PER_SECOND - RESOLUTION_MS / 1000);
}
