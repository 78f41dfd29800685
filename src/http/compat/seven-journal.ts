import type { Delivery } from "../../core/delivery.ts";
import { json, text } from "../answer.ts";
import { ApiError } from "../problem.ts";
import type { Fields } from "./fields.ts";

/** seven's two ways to ask what became of a message, answered from our timelines. */

/**
 * Nothing is said before a provider took it, as seven does. `unconfirmed` keeps the last word that is known.
 * Source: docs.seven.io, webhooks, statuses.
 */
const STATUSES: Record<Delivery["state"], string | null> = {
  queued: null,
  sending: null,
  sent: "ACCEPTED",
  unconfirmed: "ACCEPTED",
  failed: "FAILED",
  expired: "EXPIRED",
  cancelled: "REJECTED",
  delivered: "DELIVERED",
  verified: "DELIVERED",
};

/** Rows of one answer, at most and by default. Source: docs.seven.io, journal. */
const ROWS_MAX = 100;

/** Newest first, every value a string or null, as seven's. Neither text nor full number is kept in the clear. */
export function journalAnswer(newestFirst: readonly Delivery[], fields: Fields): Response {
  const rows = newestFirst.map(rowOf).filter((row) => fits(row, fields));
  const offset = wholeNumber(fields.text("offset"), 0);
  const limit = Math.min(ROWS_MAX, Math.max(1, wholeNumber(fields.text("limit"), ROWS_MAX)));
  return json(200, rows.slice(offset, offset + limit));
}

function rowOf(delivery: Delivery) {
  const { id, createdAt, state, attempts, reference } = delivery;
  const reachedAt = changedAt(delivery);
  const acceptedAt = attempts.find((attempt) => attempt.acceptedAt !== undefined)?.acceptedAt;
  return {
    id,
    to: delivery.recipientMasked.slice(1),
    from: "",
    text: "",
    timestamp: berlin(createdAt),
    price: priceOf(delivery),
    dlr: STATUSES[state],
    dlr_timestamp: reachedAt === undefined ? null : berlin(reachedAt),
    mccmnc: null,
    latency: acceptedAt === undefined ? null : ((acceptedAt - createdAt) / 1_000).toFixed(4),
    type: "direct",
    channel: "SMS",
    connection: "http",
    label: null,
    foreign_id: reference ?? null,
  };
}

type Row = ReturnType<typeof rowOf>;

/** The official client writes a filter that was not set as the word undefined, which is no day. */
const DAY = /^\d{4}-\d{2}-\d{2}$/;

function fits({ timestamp, dlr }: Row, fields: Fields): boolean {
  const [from, to, state] = [fields.text("date_from"), fields.text("date_to"), fields.text("state")];
  const day = timestamp.slice(0, 10);
  if (state !== "" && state !== "undefined" && dlr !== state.toUpperCase()) return false;
  return (!DAY.test(from) || day >= from) && (!DAY.test(to) || day <= to);
}

function wholeNumber(value: string, otherwise: number): number {
  return /^\d{1,6}$/.test(value) ? Number(value) : otherwise;
}

/** EUR, the only currency that a journal row can be in. */
function priceOf({ attempts }: Delivery): string {
  const micros = attempts.reduce((sum, { cost }) => sum + (cost?.currency === "EUR" ? cost.micros : 0), 0);
  return (micros / 1_000_000).toFixed(4);
}

function changedAt({ attempts, endedAt, state }: Delivery): number | undefined {
  if (STATUSES[state] === null) return undefined;
  const instants = attempts.flatMap((a) => [a.deliveredAt ?? a.acceptedAt ?? 0]);
  return endedAt ?? Math.max(...instants);
}

/** seven writes the wall clock of Berlin, and the ISO form of Sweden is that of its journal. */
const BERLIN = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Europe/Berlin",
  dateStyle: "short",
  timeStyle: "medium",
});

function berlin(at: number): string {
  return BERLIN.format(at);
}

/** One row for each id that was asked for. The text form knows one id. Source: docs.seven.io, status. */
export function statusAnswer(
  ids: readonly string[],
  found: readonly (Delivery | undefined)[],
  asJson: boolean,
): Response {
  const rows = found.map((delivery, index) => {
    const at = delivery && changedAt(delivery);
    const status_time = at === undefined ? null : `${berlin(at)}.000`;
    return { id: ids[index] ?? "", status: delivery ? STATUSES[delivery.state] : null, status_time };
  });
  if (asJson) return json(200, rows);
  const [row] = rows;
  if (!found[0] || !row) throw new ApiError("not_found", "This client has no message with this id.");
  return text(200, `${row.status ?? ""}\n${row.status_time ?? ""}`);
}
