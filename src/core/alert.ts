/** What an operator is told without having asked. Holds names of routes and providers, never a code or a number. */

export const ALERTS = [
  "circuit_opened",
  "circuit_recovered",
  "account_fault",
  "route_quiet",
  "route_speaks",
  "word_set",
  "word_taken_back",
  "word_run_out",
  "report_unauthentic",
  "conservation_broken",
  "reconcile_repaired",
  "policy_refused",
  "break_glass",
  "events_disabled",
  "test",
] as const;

export type AlertName = (typeof ALERTS)[number];

/** `critical`: codes do not arrive, or will not soon. `warning`: look today. `info`: good to know. */
export type Severity = "info" | "warning" | "critical";

export type Alert = {
  alert: AlertName;
  /** The same change has the same id in every process; without `:`, for it names a job. */
  id: string;
  /** What it is about: `route:seven-sms`, `account:seven`, `provider:seven`, `client:cloud` or `otpost`. */
  subject: string;
  severity: Severity;
  /** One plain sentence with what to do. */
  says: string;
  /** Epoch ms. */
  at: number;
  /** The same id is raised at most once in this time, in ms; absent where an id names a single change. */
  quietMs?: number;
};

/** Names one message to operators: the same in every retry, another one when the same thing happens again. */
export function alertMessageId({ id, at, quietMs }: Alert): string {
  return quietMs === undefined ? id : `${id}_${at}`;
}
