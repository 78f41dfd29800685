import { createHash } from "node:crypto";
import { seeded } from "../twins/dice.ts";

/** One request of the load: fixed beforehand, so that a slow service changes nothing about what is asked of it. */
export type Arrival = {
  /** After the start of the load. */
  atMs: number;
  /** The group whose figures it counts in. */
  who: string;
  /** `direct` calls seven itself, once, as a sender without a service in between would. */
  via: "otpost" | "direct";
  /** The client whose key is used; the first one where absent. */
  client?: string;
  /** E.164. */
  to: string;
  code: string;
  text: string;
  validForMs: number;
  /** Wished routes; the service's own order where absent. */
  routes?: readonly string[];
};

export type Person = Pick<Arrival, "to" | "code" | "text">;

/** Numbers in use: 100 million below one prefix, of which 7,919 is no divisor, so none comes twice. */
const NUMBERS = 100_000_000;
const STEP = 7_919;

/** People with numbers and codes of their own, the same ones for the same seed. @param prefix E.164, 8 digits follow */
export function crowd(seed: number, prefix = "+49151"): () => Person {
  const dice = seeded(seed);
  let next = Math.floor(dice() * NUMBERS);
  return () => {
    next = (next + STEP) % NUMBERS;
    return personAt(`${prefix}${String(next).padStart(8, "0")}`, dice);
  };
}

/** A person with a given number. */
export function personAt(to: string, dice: () => number): Person {
  const code = String(Math.floor(dice() * 1_000_000)).padStart(6, "0");
  return { to, code, text: `Your Nextcloud login code is ${code}.` };
}

/** Instants at an even pace, ms. */
export function evenly({
  perSecond,
  forMs,
  fromMs = 0,
}: {
  perSecond: number;
  forMs: number;
  fromMs?: number;
}) {
  const many = Math.floor((perSecond * forMs) / 1_000);
  return Array.from({ length: many }, (_, n) => fromMs + (n * 1_000) / perSecond);
}

/** Instants of a rate that grows evenly from one to the other, ms. */
export function growing({ from, to, forMs }: { from: number; to: number; forMs: number }): number[] {
  const many = Math.floor((((from + to) / 2) * forMs) / 1_000);
  const grows = (to - from) / forMs;
  // The n-th comes when the area under the rate is n: a quadratic equation in t.
  const at = (n: number) =>
    grows === 0 ? (n * 1_000) / from : (Math.sqrt(from * from + 2 * grows * n * 1_000) - from) / grows;
  return Array.from({ length: many }, (_, n) => at(n));
}

/** Texts are compared by hash, for the ledger of the load shall hold none. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
