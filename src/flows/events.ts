import type { Alert } from "../core/alert.ts";
import type { Circuit, OpenReason } from "../core/circuit.ts";
import type { Attempt, Delivery, Purpose } from "../core/delivery.ts";
import type { Due } from "../core/due.ts";
import type { OperatorWord } from "../core/operator-word.ts";
import type { Cost, LookUp, RefusalReason, SendOutcome } from "../core/outcome.ts";
import type { Reporting } from "../core/quiet.ts";
import type { Report } from "../core/report.ts";
import type { OrderFact } from "../core/route-order.ts";
import type { StatusReading } from "./ports.ts";

/** What happens to a single request or delivery. */
export type StepEvent =
  | {
      kind: "accept.queued";
      deliveryId: string;
      clientId: string;
      purpose: Purpose;
      route: string;
      door?: string;
      /** Which route measurement put first, and why. */
      ordered?: Pick<OrderFact, "why"> & { first: string };
    }
  | { kind: "accept.repeated"; deliveryId: string; clientId: string }
  | { kind: "accept.refused"; clientId: string; code: string; door?: string }
  | { kind: "attempt.started"; deliveryId: string; attempt: number; route: string; waitedMs: number }
  | {
      kind: "attempt.finished";
      deliveryId: string;
      attempt: number;
      route: string;
      outcome: SendOutcome["kind"];
      detail: Attempt["detail"];
      providerCode: string | undefined;
      tookMs: number;
    }
  | {
      kind: "settle.applied";
      deliveryId: string;
      attempt: number;
      provider: string;
      status: Report["status"];
      ageMs: number;
    }
  | { kind: "settle.parked"; provider: string; status: Report["status"] }
  | { kind: "watch.acted"; deliveryId: string; on: Due["kind"] }
  | { kind: "doubt.settled"; deliveryId: string; attempt: number; route: string; found: LookUp["kind"] }
  | {
      kind: "delivery.moved";
      deliveryId: string;
      from: Delivery["state"];
      to: Delivery["state"];
      ageMs: number;
      late: boolean;
      attempts: number;
      paidAttempts: number;
    }
  | { kind: "delivery.failover"; deliveryId: string; from: string; to: string; why: string }
  /** What a provider asked for a message became known. */
  | { kind: "attempt.billed"; deliveryId: string; attempt: number; route: string; cost: Cost }
  | { kind: "attempt.refunded"; deliveryId: string; attempt: number; route: string; cost: Cost }
  /** Its client only observes: failover would have made this move. */
  | { kind: "delivery.would_move"; deliveryId: string; from: string; to: string; why: string }
  /** An attempt that waited goes to another lane before it has begun. */
  | { kind: "attempt.moved"; deliveryId: string; from: string; to: string; why: string }
  /** No other route can take it: it waits for the circuit to close. */
  | { kind: "attempt.held"; deliveryId: string; attempt: number; route: string }
  /** An operator stopped its route between intent and call: no call was made. */
  | { kind: "attempt.stopped"; deliveryId: string; attempt: number; route: string }
  | { kind: "resend.asked"; deliveryId: string; by: "reload" | "caller"; planned: boolean }
  | { kind: "outcome.told"; deliveryId: string; verified: boolean }
  | { kind: "status.read"; deliveryId: string; attempt: number; route: string; found: StatusReading["kind"] }
  | { kind: "reconcile.repaired"; deliveryId: string; what: "job" | "timer" }
  /** One try to tell a client of one move. */
  | {
      kind: "events.posted";
      clientId: string;
      deliveryId: string;
      event: string;
      result: EventResult;
      status?: number | undefined;
      tookMs?: number;
    };

/**
 * `failed`: not taken, it is tried again; `resting`: not even called, for its endpoint rests; `given_up`: no more tries;
 * `unwanted`: switched off, removed or filtered meanwhile; `dropped`: too many waited for that endpoint.
 */
export type EventResult = "taken" | "failed" | "resting" | "given_up" | "unwanted" | "dropped";

/** What belongs to no single delivery. */
export type ServiceEvent =
  | {
      kind: "circuit.moved";
      circuit: string;
      to: Circuit["kind"];
      why: OpenReason | "recovered";
      /** Which fault of the account opened it. */
      fault?: RefusalReason | undefined;
      at: number;
    }
  /** An operator's word: said, taken back, or at its end. Recorded by the one process that made the change. */
  | { kind: "word.said"; route: string; word: OperatorWord }
  | {
      kind: "word.ended";
      route: string;
      word: OperatorWord;
      how: "taken_back" | "run_out";
      by: string;
      at: number;
    }
  /** Its messages are not reported any more, or again. */
  | { kind: "route.quiet"; route: string; to: Reporting["kind"]; at: number }
  /** A provider asked for patience: no call goes to this route for a while. */
  | { kind: "route.rests"; route: string; restMs: number }
  /** What one run repaired; only recorded when it is anything. */
  | { kind: "reconcile.done"; jobs: number; timers: number; at: number }
  /** Requests that were turned away and could not be taken down for the help desk. */
  | { kind: "refusals.lost"; count: number }
  /** Accepted minus accounted for is not 0: a bug. */
  | { kind: "conservation.broken"; gap: number; at: number }
  /** A client gets no events any more: its endpoint answered 410, or has failed for days. */
  | { kind: "events.disabled"; clientId: string; why: "gone" | "failing"; at: number }
  /** The policy file was changed: it holds now, or has faults and the earlier one holds. */
  | { kind: "policy.reloaded"; result: "applied" | "refused"; hash: string; faults: number; at: number };

/** What is worth a log line and a metric. Holds ids and words of ours only, and what operators said. */
export type FlowEvent = StepEvent | ServiceEvent;

export type Events = { record: (event: FlowEvent) => void };

/** Tells operators what they did not ask for. */
export type Alerts = {
  /** Returns at once and never throws: nothing that delivers codes may wait for this. */
  raise: (alert: Alert) => void;
};
