import type { LedgerEntry } from "../twins/ledger-entry.ts";
import type { LoadEntry } from "./load-entry.ts";

/** Everything a run left behind, from four witnesses that know nothing of each other. */
export type Evidence = {
  /** The load's own ledger. */
  asked: readonly LoadEntry[];
  /** The ledger of all twins, from their file. */
  taken: readonly LedgerEntry[];
  /** The service's last word on each delivery, by its id; one that it does not know is absent. */
  states: ReadonlyMap<string, string>;
  log: readonly LogLine[];
  /** Metric otp_circuit_state of seven's route over time; empty while nobody has told. */
  circuit: readonly { at: number; state: number }[];
  /** When each phase of the plan began, epoch ms. */
  phases: readonly { name: string; at: number }[];
  /** When the states were read. */
  readAt: number;
};

/** A line of the service's log, as far as drills look at it. */
export type LogLine = {
  at: number;
  event: string;
  route?: string | undefined;
  outcome?: string | undefined;
  /** Which circuit moved, and to what. */
  circuit?: string | undefined;
  change?: string | undefined;
};
