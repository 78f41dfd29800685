import type { HealthNote } from "../../src/core/health.ts";
import { NO_TRIALS, type RouteHealth } from "../../src/core/health-windows.ts";
import type { Health } from "../../src/flows/health-port.ts";

export type MemoryHealth = Health & {
  notes: HealthNote[];
  /** What is measured from now on. */
  say: (route: string, callingCode: string, health: Partial<RouteHealth>) => void;
};

/** Keeps every note; tells what the test says. */
export function createMemoryHealth(): MemoryHealth {
  const notes: HealthNote[] = [];
  const said = new Map<string, Partial<RouteHealth>>();
  const nothing: RouteHealth = {
    present: 0,
    recent: NO_TRIALS,
    hour: NO_TRIALS,
    elsewhere: NO_TRIALS,
    cost: undefined,
  };
  return {
    notes,
    say: (route, callingCode, health) => void said.set(`${route} ${callingCode}`, health),
    observe: (more) => void notes.push(...more),
    of: (route, callingCode) => ({ ...nothing, ...said.get(`${route} ${callingCode}`) }),
  };
}
