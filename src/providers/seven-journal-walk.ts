import { type JournalPage, type JournalRow, PAGE_ROWS } from "./seven-journal-page.ts";

/** Pages of one walk. Messages that lie deeper are asked for one by one. */
const PAGES_MAX = 20;
/** Rows read twice, so that one taken out of the journal in between leaves no gap. */
const OVERLAP_ROWS = 5;
/** The journal's times are whole seconds, and a row may be written a little after its message was taken. */
const SLACK_MS = 5_000;

/** Pages read one after the other from the newest row on. */
export type Walk = {
  /** When its first page was asked for, by the monotonic clock in ms. */
  startedAt: number;
  sinceAt: number;
  pages: number;
  /** Newest first and without a gap or an unreadable row: only then does a missing row prove anything. */
  isProof: boolean;
  isLast: boolean;
  newestAt: number;
  oldestAt: number;
  /** The oldest of our deliveries among its rows, epoch ms; infinite where none is. */
  oursFrom: number;
};

export function startWalk(begun: Pick<Walk, "startedAt" | "sinceAt">, page: JournalPage): Walk {
  const { newestAt, oldestAt, isOrdered } = spanOf(page.rows);
  // A list that fits one page needs no order.
  const isProof = page.isReadable && (isOrdered || page.isLast);
  return { ...begun, pages: 1, isProof, isLast: page.isLast, newestAt, oldestAt, oursFrom: oursFrom(page) };
}

export function goOn(walk: Walk, page: JournalPage): Walk {
  const { newestAt, oldestAt, isOrdered } = spanOf(page.rows);
  const joins = page.rows.length > 0 && newestAt >= walk.oldestAt;
  return {
    ...walk,
    pages: walk.pages + 1,
    isProof: walk.isProof && page.isReadable && isOrdered && joins,
    isLast: page.isLast,
    oldestAt: Math.min(walk.oldestAt, oldestAt),
    oursFrom: Math.min(walk.oursFrom, oursFrom(page)),
  };
}

/** Where the next page begins. */
export function nextOffset({ pages }: Walk): number {
  return pages * (PAGE_ROWS - OVERLAP_ROWS);
}

/** Nothing more can be learnt by reading on. */
export function isOver({ isProof, isLast, pages }: Walk): boolean {
  return !isProof || isLast || pages >= PAGES_MAX;
}

/**
 * Whether a message that was sent `ageMs` ago would have been seen. Only differences of the journal's times
 * count: its zone is not certain, but its newest row is not younger than now.
 */
export function covers({ isProof, isLast, newestAt, oldestAt }: Walk, ageMs: number): boolean {
  return isProof && (isLast || newestAt - oldestAt >= Math.max(0, ageMs) + SLACK_MS);
}

function oursFrom({ rows }: JournalPage): number {
  return Math.min(...rows.flatMap(({ reference }) => (reference === undefined ? [] : takenOnAt(reference))));
}

/**
 * When the delivery of a reference was taken on, epoch ms: its id is a UUIDv7. Shows about where in the journal a
 * message is, by our own clock alone, and proves nothing.
 */
export function takenOnAt(reference: string): number {
  return Number.parseInt(reference.slice(0, 8) + reference.slice(9, 13), 16);
}

function spanOf(rows: readonly JournalRow[]): { newestAt: number; oldestAt: number; isOrdered: boolean } {
  const times = rows.map(({ at }) => at ?? Number.NaN);
  const isOrdered = times.every((at, index) =>
    index === 0 ? !Number.isNaN(at) : at <= (times[index - 1] ?? 0),
  );
  return { newestAt: times[0] ?? Number.NaN, oldestAt: times.at(-1) ?? Number.NaN, isOrdered };
}
