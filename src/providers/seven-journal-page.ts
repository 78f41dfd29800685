import { z } from "zod";
import type { Caller } from "./call.ts";
import { messageId, ourReference, parseJson } from "./said.ts";
import { parseSevenTime } from "./seven-time.ts";

/** The most that one answer holds. Source: docs.seven.io, journal. */
export const PAGE_ROWS = 100;
/** 100 texts of the greatest length, each character escaped. */
const PAGE_MAX_BYTES = 1_048_576;
/** One row is asked for; should the filter be ignored, more come and only ours counts. */
const ID_ROWS = 25;
const DAY_MS = 86_400_000;

/** Which rows are asked for. The journal returns our reference but cannot filter by it. */
export type JournalFilter =
  | { by: "id"; id: string }
  | { by: "recipient"; to: string; sentAt: number }
  | { by: "page"; sinceAt: number; offset: number };

/** What is kept of a row. Its text, which holds a code, and its number are never read. */
export type JournalRow = {
  id: string;
  reference: string | undefined;
  /** Epoch ms if the account's zone is Berlin; else only good for differences. */
  at: number | undefined;
  price: string | number | undefined;
  /** undefined until a status is known. */
  dlr: string | undefined;
  dlrAt: number | undefined;
};

export type JournalPage = {
  rows: JournalRow[];
  /** Every row could be read, so that one that is not among them is not there. */
  isReadable: boolean;
  /** No more rows follow. */
  isLast: boolean;
};

const rowSchema = z.object({
  id: z.union([z.string(), z.number()]).transform(messageId),
  foreign_id: z.string().nullish(),
  timestamp: z.string().nullish(),
  price: z.union([z.string(), z.number()]).nullish().catch(undefined),
  dlr: z.string().nullish(),
  dlr_timestamp: z.string().nullish(),
});

export type JournalReader = (filter: JournalFilter, signal: AbortSignal) => Promise<JournalPage | undefined>;

/** Reads one page of the outbound journal, undefined when it cannot be read. Source: docs.seven.io, journal. */
export function createJournalReader(
  { call }: Pick<Caller, "call">,
  headersFor: (path: string) => Record<string, string>,
): JournalReader {
  return async (filter, signal) => {
    const query = queryOf(filter);
    const path = `/api/journal/outbound?${new URLSearchParams(query).toString()}`;
    const request = { method: "GET", path, headers: headersFor(path), maxBytes: PAGE_MAX_BYTES } as const;
    const answer = await call(request, signal);
    const document = answer.kind === "answer" && answer.status === 200 ? parseJson(answer.body) : undefined;
    return Array.isArray(document) ? pageOf(document, Number(query["limit"])) : undefined;
  };
}

function queryOf(filter: JournalFilter): Record<string, string> {
  switch (filter.by) {
    case "id":
      return { id: filter.id, limit: String(ID_ROWS) };
    case "recipient":
      return {
        // The journal writes numbers without the plus.
        to: filter.to.slice(1),
        date_from: dateOf(filter.sentAt - DAY_MS),
        date_to: dateOf(filter.sentAt + DAY_MS),
        limit: String(PAGE_ROWS),
      };
    case "page":
      return {
        date_from: dateOf(filter.sinceAt - DAY_MS),
        limit: String(PAGE_ROWS),
        offset: String(filter.offset),
      };
  }
}

/** Asked for with a day to spare, since the journal's dates are in a time zone of the account's choice. */
function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function pageOf(entries: readonly unknown[], limit: number): JournalPage {
  const rows = entries.flatMap((entry) => rowOf(entry) ?? []);
  return { rows, isReadable: rows.length === entries.length, isLast: entries.length < limit };
}

function rowOf(entry: unknown): JournalRow | undefined {
  const parsed = rowSchema.safeParse(entry);
  if (!parsed.success || parsed.data.id === undefined) return undefined;
  const { id, foreign_id, timestamp, price, dlr, dlr_timestamp } = parsed.data;
  return {
    id,
    reference: ourReference(foreign_id),
    at: parseSevenTime(timestamp ?? undefined),
    price: price ?? undefined,
    dlr: dlr || undefined,
    dlrAt: parseSevenTime(dlr_timestamp ?? undefined),
  };
}
