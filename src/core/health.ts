import type { Attempt, Delivery } from "./delivery.ts";
import { bucketOf, quantilesOf, type Quantiles } from "./histogram.ts";

/** What deliveries show of their routes, by country: what is noted, how it is summed, and what sums tell. Pure. */

/** Something that became known of one message. Each kind is noted once for an attempt. */
export type HealthNote = { route: string; callingCode: string } & (
  | { kind: "accepted"; tookMs: number }
  /** In time: before its patience ended. */
  | { kind: "arrived"; tookMs: number }
  /** Reported undelivered, or left for the next route: also if it came after all, for nobody waited any more. */
  | { kind: "missed" }
  | { kind: "verified" }
  /** May be below 0: a provider gives money back. `first`: this attempt had no price before. */
  | { kind: "cost"; micros: number; currency: string; first: boolean }
);

/** Counts by the name of what is counted. Any two add up, so processes and minutes need no order. */
export type Sums = Map<string, number>;

/** What the sums of a window tell of one route in one country. */
export type Measured = {
  accepted: number;
  arrived: number;
  missed: number;
  verified: number;
  /** From our call to the accept. */
  toAccepted: Quantiles | undefined;
  /** From the accept to the report that it is there. */
  toArrived: Quantiles | undefined;
  /** Mean price of a message; undefined where none was told, or in several currencies. */
  cost: { micros: number; currency: string } | undefined;
};

/** Upper edges of the latencies, ms; what is longer is in one more bucket. */
export const LATENCY_EDGES = [
  100, 250, 500, 1_000, 2_000, 3_000, 5_000, 8_000, 15_000, 30_000, 60_000, 120_000,
] as const;

/** A currency that a provider made up must not become a name in the store. */
const CURRENCY = /^[A-Z]{3}$/;

/** What a stored change makes known. Deliveries of before there were calling codes tell nothing. */
export function healthNotes(before: Delivery, after: Delivery): HealthNote[] {
  const { callingCode } = after;
  if (callingCode === undefined || callingCode === "") return [];
  return after.attempts.flatMap((attempt, index) => {
    const of = { route: attempt.route, callingCode };
    const was = before.attempts[index];
    const notes = [
      ...accepted(was, attempt),
      ...judged(before, was, after, attempt),
      ...entered(before, after, attempt),
      ...priced(was, attempt),
    ];
    return notes.map((note) => ({ ...of, ...note }));
  });
}

type Note = HealthNote extends infer N
  ? N extends HealthNote
    ? Omit<N, "route" | "callingCode">
    : never
  : never;

function accepted(before: Attempt | undefined, { acceptedAt, intentAt }: Attempt): Note[] {
  if (acceptedAt === undefined || before?.acceptedAt !== undefined) return [];
  return [{ kind: "accepted", tookMs: Math.max(0, acceptedAt - intentAt) }];
}

function judged(was: Delivery, before: Attempt | undefined, is: Delivery, after: Attempt): Note[] {
  const judgement = judgementOf(is, after);
  if (!judgement || (before && judgementOf(was, before))) return [];
  if (judgement === "missed") return [{ kind: "missed" }];
  const { deliveredAt, acceptedAt = 0 } = after;
  return [
    { kind: "arrived", tookMs: Math.max(0, (deliveredAt ?? is.verifiedAt ?? acceptedAt) - acceptedAt) },
  ];
}

function entered(was: Delivery, is: Delivery, { number }: Attempt): Note[] {
  const isNew = is.verifiedAt !== undefined && was.verifiedAt === undefined;
  return isNew && creditedFor(is) === number ? [{ kind: "verified" }] : [];
}

/** The first word counts and later ones change nothing, so that nothing has to be taken back from a window. */
function judgementOf(delivery: Delivery, attempt: Attempt): "arrived" | "missed" | undefined {
  const { acceptedAt, leftAt, deliveredAt, state } = attempt;
  if (acceptedAt === undefined) return undefined;
  if (leftAt !== undefined && !(deliveredAt !== undefined && deliveredAt < leftAt)) return "missed";
  if (deliveredAt !== undefined) return "arrived";
  if (state === "undelivered" || state === "unconfirmed") return "missed";
  return delivery.verifiedAt !== undefined && creditedFor(delivery) === attempt.number
    ? "arrived"
    : undefined;
}

/** All routes bring the same code, so nobody knows which copy was read: the newest that arrived, else that was taken. */
function creditedFor({ attempts }: Delivery): number | undefined {
  const arrived = attempts.findLast((a) => a.state === "delivered");
  return (arrived ?? attempts.findLast((a) => a.acceptedAt !== undefined))?.number;
}

function priced(before: Attempt | undefined, after: Attempt): Note[] {
  const { cost } = after;
  if (cost === undefined || !CURRENCY.test(cost.currency)) return [];
  const known = before?.cost?.currency === cost.currency ? paidFor(before) : undefined;
  const micros = paidFor(after) - (known ?? 0);
  if (known !== undefined && micros === 0) return [];
  return [{ kind: "cost", micros, currency: cost.currency, first: known === undefined }];
}

/** A message that was given back cost nothing in the end. */
function paidFor({ cost, refundedAt }: Attempt): number {
  return refundedAt === undefined ? (cost?.micros ?? 0) : 0;
}

/** What a note adds, by the name of the sum. */
export function additions(note: HealthNote): [sum: string, by: number][] {
  switch (note.kind) {
    case "accepted":
      return [
        ["accepted", 1],
        [`a${bucketOf(LATENCY_EDGES, note.tookMs)}`, 1],
      ];
    case "arrived":
      return [
        ["arrived", 1],
        [`d${bucketOf(LATENCY_EDGES, note.tookMs)}`, 1],
      ];
    case "missed":
    case "verified":
      return [[note.kind, 1]];
    case "cost":
      return [
        [`c:${note.currency}`, note.micros],
        ...(note.first ? [[`n:${note.currency}`, 1] as [string, number]] : []),
      ];
  }
}

export function measuredOf(sums: ReadonlyMap<string, number>): Measured {
  const count = (name: string) => Math.max(0, sums.get(name) ?? 0);
  const [accepted, arrived, missed] = [count("accepted"), count("arrived"), count("missed")];
  return {
    accepted,
    arrived,
    missed,
    verified: Math.min(count("verified"), arrived + missed),
    toAccepted: latencies("a", count),
    toArrived: latencies("d", count),
    cost: meanCost(sums),
  };
}

function meanCost(sums: ReadonlyMap<string, number>): Measured["cost"] {
  const [only, ...others] = [...sums].filter(([name, count]) => name.startsWith("n:") && count > 0);
  if (!only || others.length > 0) return undefined;
  const currency = only[0].slice(2);
  return { micros: Math.max(0, Math.round((sums.get(`c:${currency}`) ?? 0) / only[1])), currency };
}

function latencies(prefix: "a" | "d", count: (name: string) => number): Quantiles | undefined {
  return quantilesOf(LATENCY_EDGES, (bucket) => count(`${prefix}${bucket}`));
}

export function addInto(sums: Sums, more: ReadonlyMap<string, number>): void {
  for (const [name, by] of more) sums.set(name, (sums.get(name) ?? 0) + by);
}
