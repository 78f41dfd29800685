import type { Purpose } from "./delivery.ts";

/**
 * Whose turn it is in a lane: start-time fair queueing with turns of equal size. Every attempt gets a tag, the
 * turn in which it would start; the lane takes the lowest one, of equal ones the oldest. Source: Goyal, Vin and
 * Cheng, "Start-time Fair Queuing", SIGCOMM 1996.
 */

/** From the most urgent one on. Each stands in its job as its name, so dashboards show it. */
export const TURN_CLASSES = [
  "login",
  "enrolment",
  "test",
  "login again",
  "enrolment again",
  "test again",
] as const;

export type TurnClass = (typeof TURN_CLASSES)[number];

/**
 * Turns by which a class goes before the next one of other clients. Bounded, for with classes that always go
 * first a client that floods its logins would starve the failovers of all others.
 */
export const HEAD_START = 20;

/** BullMQ's range; lower goes first, and 0 is no priority. Source: bullmq 6.7, Job.validateOptions. */
export const PRIORITY_MAX = 2_097_151;

/** Attempts whose tag is taken and whose job is not in the lane yet: one round trip of busy intakes. */
export const ON_THEIR_WAY_MAX = 256;

/** What came first is first, and what was tried once, for whatever reason, is again. */
export function turnClass(purpose: Purpose, attempt: number): TurnClass {
  return attempt > 1 ? `${purpose} again` : purpose;
}

export function rankOf(turn: TurnClass): number {
  return TURN_CLASSES.indexOf(turn);
}

export function isTurnClass(name: string): name is TurnClass {
  return (TURN_CLASSES as readonly string[]).includes(name);
}

export type LaneTurns = {
  /** Tag of the newest start. */
  now: number;
  /** Last tag of this client in this class and those before it; -1 = none. */
  last: number;
  /** Attempts in the lane. */
  waiting: number;
};

/**
 * The next tag of a client: one after its last, but never in the past, so that silence earns nothing, and never
 * further off than everybody who waits, so that attempts which left the lane unsent cost nothing for long.
 * @public Redis reckons it in Lua, which tests hold to this.
 */
export function nextTag({ now, last, waiting }: LaneTurns): number {
  return Math.max(now, Math.min(last + 1, now + waiting + ON_THEIR_WAY_MAX));
}

/** Beyond BullMQ's range all are equal: the lane is first come, first served until it has been empty once. */
export function priorityOf(tag: number, turn: TurnClass): number {
  return Math.min(PRIORITY_MAX, 1 + tag + HEAD_START * rankOf(turn));
}

export function tagOf(priority: number, turn: TurnClass): number {
  return Math.max(0, priority - 1 - HEAD_START * rankOf(turn));
}
