import { bucketOf, quantilesOf, type Quantiles } from "./histogram.ts";
import type { Attempt, Delivery } from "./delivery.ts";
import { additions, type HealthNote, healthNotes } from "./health.ts";

/** What is counted of deliveries for whoever looks at the service: notes, their sums, and what sums tell. Pure. */

/**
 * Something that happened once. It is counted for the service as a whole unless `all` is absent, and for each that
 * it names.
 */
export type FigureNote = {
  all?: true;
  clientId?: string;
  route?: string;
  /** Calling code; empty where it is not known. */
  country?: string;
  sums: readonly [sum: string, by: number][];
};

/** Upper edges of the time to the handset, ms: a code lives for 10 min at most. */
export const HANDSET_EDGES = [
  1_000, 2_000, 3_000, 5_000, 8_000, 10_000, 15_000, 20_000, 30_000, 45_000, 60_000, 90_000, 120_000, 180_000,
  300_000, 600_000,
] as const;

const ENDS = ["failed", "expired", "unconfirmed", "cancelled"] as const;

export type Totals = {
  /** Deliveries taken on, of which nothing follows for the other counts: those happen later, in other minutes. */
  accepted: number;
  /** Messages that a provider took, copies included, and deliveries of which it was the first. */
  sent: number;
  firstAccepts: number;
  delivered: number;
  verified: number;
  failed: number;
  expired: number;
  unconfirmed: number;
  cancelled: number;
  /** Reported delivered after it had ended otherwise; counted under both. */
  late: number;
  refused: number;
  /** Our codes for a refusal. */
  refusedFor: Record<string, number>;
  /** From the intake to the first report that it is there. */
  toHandset: Quantiles | undefined;
  /** Micros by currency; what came back is taken off. */
  cost: Record<string, number>;
};

export function acceptedNote({ clientId, callingCode }: Delivery): FigureNote {
  return { all: true, clientId, country: callingCode ?? "", sums: [["accepted", 1]] };
}

export function refusedNote(clientId: string, country: string, reason: string): FigureNote {
  return {
    all: true,
    clientId,
    country,
    sums: [
      ["refused", 1],
      [`x:${reason}`, 1],
    ],
  };
}

/** What a stored change adds. Each version is stored once, so each of these is noted once. */
export function figureNotes(before: Delivery, after: Delivery): FigureNote[] {
  const sums = [...taken(before, after), ...arrived(before, after), ...ended(before, after)];
  const of = { all: true as const, clientId: after.clientId, country: after.callingCode ?? "" };
  return [
    ...(sums.length === 0 ? [] : [{ ...of, sums }]),
    ...calls(before, after),
    // What a route shows is noted in one place, for its health and for its figures.
    ...healthNotes(before, after).flatMap((note) => routeNotes(note, after.clientId)),
  ];
}

type Sum = [sum: string, by: number];

function taken(before: Delivery, after: Delivery): Sum[] {
  const [was, is] = [before, after].map(({ attempts }) => attempts.filter((a) => a.acceptedAt !== undefined));
  const more = (is?.length ?? 0) - (was?.length ?? 0);
  if (more <= 0) return [];
  return [["sent", more], ...(was?.length === 0 ? [["firstAccepts", 1] as Sum] : [])];
}

function arrived(before: Delivery, after: Delivery): Sum[] {
  const arrivedAt = firstArrival(after);
  const isNew = arrivedAt !== undefined && firstArrival(before) === undefined;
  const isVerified = after.verifiedAt !== undefined && before.verifiedAt === undefined;
  return [
    ...(isNew ? delivered(arrivedAt - after.createdAt) : []),
    ...(isVerified ? [["verified", 1] as Sum] : []),
  ];
}

function delivered(tookMs: number): Sum[] {
  return [
    ["delivered", 1],
    [`h${bucketOf(HANDSET_EDGES, Math.max(0, tookMs))}`, 1],
  ];
}

function firstArrival({ attempts }: Delivery): number | undefined {
  const instants = attempts.flatMap((a) => a.deliveredAt ?? []);
  return instants.length === 0 ? undefined : Math.min(...instants);
}

function ended(before: Delivery, after: Delivery): Sum[] {
  const isLate = after.late === true && before.late !== true;
  const end = ENDS.find((state) => state === after.state && before.state !== state);
  return [...(end ? [[end, 1] as Sum] : []), ...(isLate ? [["late", 1] as Sum] : [])];
}

/** A call counts once its outcome is known. One that an operator stopped was none. */
function calls(before: Delivery, after: Delivery): FigureNote[] {
  return after.attempts.flatMap((attempt, index) => {
    const { route, settledAt, detail } = attempt;
    if (settledAt === undefined || detail === "stopped") return [];
    if (before.attempts[index]?.settledAt !== undefined) return [];
    return [{ route, sums: [["calls", 1] as Sum, ...untaken(attempt)] }];
  });
}

function untaken({ state }: Attempt): Sum[] {
  return state === "refused" || state === "unavailable" || state === "uncertain" ? [[state, 1]] : [];
}

function routeNotes(note: HealthNote, clientId: string): FigureNote[] {
  const sums = additions(note);
  const { route } = note;
  if (note.kind !== "cost") return [{ route, sums }];
  return [{ all: true, route, clientId, sums: sums.filter(([sum]) => sum.startsWith("c:")) }];
}

export function totalsOf(sums: ReadonlyMap<string, number>): Totals {
  const count = (sum: string) => Math.max(0, sums.get(sum) ?? 0);
  return {
    accepted: count("accepted"),
    sent: count("sent"),
    firstAccepts: count("firstAccepts"),
    delivered: count("delivered"),
    verified: count("verified"),
    failed: count("failed"),
    expired: count("expired"),
    unconfirmed: count("unconfirmed"),
    cancelled: count("cancelled"),
    late: count("late"),
    refused: count("refused"),
    refusedFor: named(sums, "x:"),
    toHandset: quantilesOf(HANDSET_EDGES, (index) => count(`h${index}`)),
    cost: costOf(sums),
  };
}

/** By currency. A refund may lie in a later window than its price, so a sum may be below 0. */
export function costOf(sums: ReadonlyMap<string, number>): Record<string, number> {
  return named(sums, "c:");
}

function named(sums: ReadonlyMap<string, number>, prefix: string): Record<string, number> {
  const found = [...sums].filter(([sum]) => sum.startsWith(prefix));
  return Object.fromEntries(found.map(([sum, by]) => [sum.slice(prefix.length), by]));
}
