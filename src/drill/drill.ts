import type { FaultPatch } from "../twins/faults.ts";
import type { Arrival } from "./arrivals.ts";
import type { Evidence } from "./evidence.ts";
import type { FigureName, Figures } from "./figures.ts";

/** A drill is data: what is done to the service, and what must come out. */
export type Drill = {
  name: string;
  /** One line for the list of drills. */
  shows: string;
  promises: readonly Promised[];
  /** Runs one after the other, each with a service and twins of its own; each becomes a column, or one per group. */
  runs: readonly Run[];
  plan: (options: { short: boolean; seed: number; run: Run }) => Plan;
  /** Longest time of all full runs together; they end earlier once every delivery has. */
  longestMin: number;
  /** Figures that only this drill has, for the whole run; they stand in the column of its first group. */
  extra?: (evidence: Evidence) => Figures;
};

export type Run = {
  name: string;
  /** One line under the table. */
  means: string;
  /** On top of the plan's phases, in all of them. */
  faults?: Faults;
  /** A third route behind the two others: GatewayAPI by its shipped file. */
  secondSms?: boolean;
  /** `poll`: the service has no address that a report could reach, and asks the providers instead. */
  reports?: "poll";
};

/** Scripts of the twins. */
export type Faults = { seven?: FaultPatch; telegram?: FaultPatch; gatewayapi?: FaultPatch };

/** From `atMs` after the first request on the twins follow this script. */
export type Phase = Faults & { atMs: number; name: string };

export type Plan = {
  phases: readonly Phase[];
  arrivals: readonly Arrival[];
  /** Settings of the service, by their names in the environment. */
  settings: Record<string, string>;
  /** `work` processes beside the one of `up`. */
  extraWorkers: number;
  /** Longest wait for deliveries to end after the last request; what has not ended then is counted as open. */
  settleMs: number;
};

/** A bound on one figure, held against some columns. */
export type Promised = {
  says: string;
  /** Columns that it binds; all where absent. The others are controls. */
  columns?: readonly string[];
  figure: FigureName;
  /** `aboveColumn`: more than this other column has. */
  bound: { atMost: number } | { atLeast: number } | { aboveColumn: string };
};
