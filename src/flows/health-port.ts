import type { HealthNote } from "../core/health.ts";
import type { RouteHealth } from "../core/health-windows.ts";
import type { Evidence } from "../core/quiet.ts";

/** What is measured of routes by country, shared by all processes. It costs no round trip. */
export type Health = {
  observe: (notes: readonly HealthNote[]) => void;
  /** From a snapshot a few seconds old; nothing known where nobody told anything. */
  of: (route: string, callingCode: string) => RouteHealth;
};

/** What is noticed of routes whose messages are not reported, shared by all workers. It costs no round trip. */
export type QuietRoutes = { observe: (route: string, evidence: Evidence) => void };
