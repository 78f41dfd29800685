import { type Case, isAcked } from "./cases.ts";
import type { Evidence } from "./evidence.ts";
import type { Figures } from "./figures.ts";

/** What the service says became of the codes, held against what the providers know. */

const OPEN = new Set(["queued", "sending", "sent"]);
/** Ends that are honest without any copy: time ran out, every route refused, the caller took it back. */
const UNSENT = new Set(["expired", "failed", "cancelled"]);

/** All states that the API gave for the ids of a code; a code asked for again may have several. */
function statesOf({ asks }: Case, { states }: Evidence): (string | undefined)[] {
  const ids = new Set(
    asks.flatMap(({ id, outcome }) => (outcome === "acked" && id !== undefined ? [id] : [])),
  );
  return [...ids].map((id) => states.get(id));
}

/** A direct sender has no state that could excuse a missing copy. */
export function isLost(one: Case, evidence: Evidence): boolean {
  if (!isAcked(one) || one.copies.length > 0) return false;
  const states = statesOf(one, evidence);
  return states.length === 0 || !states.every((state) => state !== undefined && isExcuse(state));
}

/** Open ones are counted as open; `sent` without a copy is a claim that nothing backs. */
const isExcuse = (state: string) => UNSENT.has(state) || (OPEN.has(state) && state !== "sent");

export function endings(cases: readonly Case[], evidence: Evidence): Figures {
  const states = cases.flatMap((one) => statesOf(one, evidence));
  const ended = (state: string) => states.filter((one) => one === state).length;
  return {
    ended: ended("delivered"),
    expired: ended("expired"),
    failed: ended("failed"),
    givenUp: cases.filter((one) => one.copies.length === 0 && statesOf(one, evidence).includes("failed"))
      .length,
    unconfirmed: ended("unconfirmed"),
    open: states.filter((one) => one === undefined || OPEN.has(one)).length,
    untruthful: cases.filter((one) => isUntruthful(one, evidence)).length,
  };
}

/** Reports on the way when the states were read are no contradiction yet. */
const ON_THE_WAY_MS = 5_000;

/** Whether the last word of the service contradicts what the provider reported about its copies. */
function isUntruthful(one: Case, evidence: Evidence): boolean {
  const states = statesOf(one, evidence);
  if (states.length !== 1) return states.includes(undefined);
  const [state = "unknown to the service"] = states;
  const told = one.copies.filter(({ handsetAt, at }) => (handsetAt ?? at) < evidence.readAt - ON_THE_WAY_MS);
  if (told.some(({ reported }) => reported === "delivered")) return state !== "delivered";
  if (told.length < one.copies.length || OPEN.has(state)) return false;
  if (state === "delivered") return true;
  const isSure = one.copies.every(({ reported }) => reported === "undelivered");
  return isSure ? !UNSENT.has(state) : state !== "unconfirmed";
}
