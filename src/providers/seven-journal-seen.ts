import type { JournalRow } from "./seven-journal-page.ts";
import { SEVEN_STATUSES } from "./seven-reports.ts";

/** Some minutes of a busy account; the oldest go first. */
const ROWS_MAX = 2_000;

export type Wanted =
  | { kind: "status"; providerMessageId: string; reference: string }
  | { kind: "lookUp"; reference: string };

export type SeenRows = {
  /** @param at monotonic ms */
  add: (rows: readonly JournalRow[], at: number) => void;
  /** A row that answers the question without asking again; `freshFrom` is monotonic ms. */
  find: (wanted: Wanted, freshFrom: number) => JournalRow | undefined;
};

/**
 * Rows of our messages that a page brought before anybody asked for them. A final status stays true and a
 * message that was there is there; any other status is only good until the journal may be asked again.
 */
export function createSeenRows(): SeenRows {
  const byId = new Map<string, { row: JournalRow; at: number }>();
  const idOf = new Map<string, string>();
  const drop = ({ id, reference }: JournalRow) => {
    byId.delete(id);
    if (reference !== undefined && idOf.get(reference) === id) idOf.delete(reference);
  };
  const keep = (row: JournalRow, at: number) => {
    if (row.reference === undefined) return;
    drop(row);
    byId.set(row.id, { row, at });
    idOf.set(row.reference, row.id);
    const oldest = byId.size > ROWS_MAX ? byId.values().next().value : undefined;
    if (oldest) drop(oldest.row);
  };
  return {
    // The newest last, so that of two messages with one reference it is the one that is found.
    add: (rows, at) => rows.toReversed().forEach((row) => keep(row, at)),
    find: (wanted, freshFrom) => {
      const id = wanted.kind === "status" ? wanted.providerMessageId : idOf.get(wanted.reference);
      const seen = byId.get(id ?? "");
      const isGood = wanted.kind === "lookUp" || isFinal(seen?.row) || (seen?.at ?? 0) >= freshFrom;
      return isGood ? seen?.row : undefined;
    },
  };
}

/** The first row that is the wanted message's. Its id decides: two messages may carry one reference. */
export function rowFor(wanted: Wanted, rows: readonly JournalRow[]): JournalRow | undefined {
  return rows.find((row) =>
    wanted.kind === "status" ? row.id === wanted.providerMessageId : row.reference === wanted.reference,
  );
}

function isFinal(row: JournalRow | undefined): boolean {
  const status = SEVEN_STATUSES.get(row?.dlr?.toUpperCase() ?? "");
  return status === "delivered" || status === "undelivered";
}
