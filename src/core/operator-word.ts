import type { Admission } from "./circuit.ts";

/**
 * An operator's word on a route. It stands above the circuit, ends by itself, and a route without one is left
 * to its circuit ("auto").
 */
export type OperatorWord = {
  /** `stopped`: no call is made. `forced`: calls are made although the circuit is open. */
  kind: "stopped" | "forced";
  /** Who said it and why, for whoever wonders later. */
  by: string;
  why: string;
  /** Epoch ms. From `until` on it no longer holds. */
  since: number;
  until: number;
};

/** A word always ends: whoever stops a route at night may be asleep when it should run again. */
export const WORD_LIMITS = { minMs: 60_000, usualMs: 30 * 60_000, maxMs: 24 * 3_600_000 } as const;

/** What holds now; undefined leaves the route to its circuit. */
export function wordNow(word: OperatorWord | undefined, now: number): OperatorWord["kind"] | undefined {
  return word && now < word.until ? word.kind : undefined;
}

export type Standing = {
  word: OperatorWord["kind"] | undefined;
  /** What is left of the wait that the provider asked for, in ms; 0 = none. */
  restMs: number;
  /** A wait that is longer than this sends waiting codes to the next route. */
  maxWaitMs: number;
};

/**
 * Whether a call may be made: the operator first, then the provider's own wish, then the circuit. Forcing a
 * route does not shorten a rest, for calls that a provider refuses help nobody.
 * @param circuit asked last, for its answer may be drawn at random
 */
export function admissionUnder({ word, restMs, maxWaitMs }: Standing, circuit: () => Admission): Admission {
  if (word === "stopped") return "stop";
  if (restMs > 0) return restMs > maxWaitMs ? "stop" : "rest";
  return word === "forced" ? "go" : circuit();
}

/** Whether the route counts as open for those who choose one. */
export function isOpenUnder({ word, restMs, maxWaitMs }: Standing, circuitIsOpen: boolean): boolean {
  if (word === "stopped" || restMs > maxWaitMs) return true;
  return word !== "forced" && circuitIsOpen;
}
