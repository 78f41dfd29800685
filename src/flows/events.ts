import type { Circuit } from "../core/circuit.ts";
import type { Attempt, Delivery, Purpose } from "../core/delivery.ts";
import type { Due } from "../core/due.ts";
import type { LookUp, SendOutcome } from "../core/outcome.ts";
import type { Report } from "../core/report.ts";
import type { StatusReading } from "./ports.ts";

/** What is worth a log line and a metric. Holds ids and words of ours only. */
export type FlowEvent =
  | {
      kind: "accept.queued";
      deliveryId: string;
      clientId: string;
      purpose: Purpose;
      route: string;
      door?: string;
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
  /** An attempt that waited goes to another lane before it has begun. */
  | { kind: "attempt.moved"; deliveryId: string; from: string; to: string; why: string }
  /** No other route can take it: it waits for the circuit to close. */
  | { kind: "attempt.held"; deliveryId: string; attempt: number; route: string }
  | { kind: "circuit.moved"; circuit: string; to: Circuit["kind"]; why: string }
  | { kind: "resend.asked"; deliveryId: string; by: "reload" | "caller"; planned: boolean }
  | { kind: "outcome.told"; deliveryId: string; verified: boolean }
  | { kind: "status.read"; deliveryId: string; attempt: number; route: string; found: StatusReading["kind"] }
  | { kind: "reconcile.repaired"; deliveryId: string; what: "job" | "timer" };

export type Events = { record: (event: FlowEvent) => void };
