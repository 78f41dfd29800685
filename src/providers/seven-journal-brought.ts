import { z } from "zod";
import { parseJson } from "./said.ts";
import type { JournalRow } from "./seven-journal-page.ts";
import type { Walk } from "./seven-journal-walk.ts";

/** What a turn at the journal brought, to this worker or to another one. Instants are monotonic ms. */
export type Brought = {
  readAt: number;
  rows: readonly JournalRow[];
  /** Absent where one message alone was asked for, or its page could not be read. */
  walk: Walk | undefined;
};

const text = z.string().max(64);
const row = z.object({
  id: text,
  reference: text.optional(),
  at: z.number().optional(),
  price: z.union([text, z.number()]).optional(),
  dlr: text.optional(),
  dlrAt: z.number().optional(),
});
const walk = z.object({
  startedAt: z.number(),
  sinceAt: z.number(),
  pages: z.int(),
  isProof: z.boolean(),
  isLast: z.boolean(),
  // JSON has no NaN, which an empty page has for times.
  newestAt: z
    .number()
    .nullable()
    .transform((at) => at ?? Number.NaN),
  oursFrom: z
    .number()
    .nullable()
    .transform((at) => at ?? Number.POSITIVE_INFINITY),
  oldestAt: z
    .number()
    .nullable()
    .transform((at) => at ?? Number.NaN),
});
const broughtSchema = z.object({
  leftAt: z.number(),
  readAt: z.number(),
  rows: z.array(row),
  walk: walk.optional(),
});

/** Only our own messages' ids and statuses go to the others; what else a row holds was never read. */
export function toOthers({ readAt, rows, walk: walked }: Brought, leftAt: number): string {
  return JSON.stringify({
    leftAt,
    readAt,
    rows: rows.filter((one) => one.reference !== undefined),
    walk: walked,
  });
}

/** Moves the writer's instants to our own clock. @returns undefined for what no version of ours wrote */
export function fromOthers(said: string, leftAtHere: number): Brought | undefined {
  const parsed = broughtSchema.safeParse(parseJson(said));
  if (!parsed.success) return undefined;
  const { leftAt, readAt, rows, walk: walked } = parsed.data;
  const shift = leftAtHere - leftAt;
  return {
    readAt: readAt + shift,
    rows: rows.map((one) => ({
      id: one.id,
      reference: one.reference,
      at: one.at,
      price: one.price,
      dlr: one.dlr,
      dlrAt: one.dlrAt,
    })),
    walk: walked && { ...walked, startedAt: walked.startedAt + shift },
  };
}
