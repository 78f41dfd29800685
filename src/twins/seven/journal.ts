import type { Faults } from "../faults.ts";
import { text } from "../params.ts";
import type { Params } from "../params.ts";
import { berlinTime } from "./berlin.ts";
import { ruleAnswer } from "./call.ts";
import type { Call } from "./call.ts";
import type { Messages } from "./messages.ts";
import { statusAt } from "./plan.ts";
import type { SevenMessage } from "./plan.ts";

/** Rows of one answer, at most and by default. Source: docs.seven.io, journal. */
const MAX_ROWS = 100;
/** Only a message that reached one of these has a latency. */
const FINAL_STATES = ["DELIVERED", "NOTDELIVERED", "EXPIRED", "REJECTED", "FAILED"];
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Only reads: asking never changes what is reported. */
type JournalDeps = { messages: Messages; faults: Faults };

/** `/journal/outbound`: newest first, every value a string or null. Lags behind as the script says. */
export function answerJournal({ messages, faults }: JournalDeps, call: Call): Response {
  const { journalLagMs, journalStatus, journalForeignId } = faults.script();
  if (journalStatus !== 200) return call.c.html("<html><body>journal</body></html>", journalStatus as 503);
  const wrong = dayFault(call.params);
  if (wrong !== undefined) return ruleAnswer(call, `${wrong}: YYYY-MM-DD`);
  const now = Date.now();
  const rows = page(candidates(messages, call.params), call.params, (message) => {
    return message.at + journalLagMs <= now && matches(message, call.params, now);
  });
  return call.c.json(
    rows.map((message) => toRow(message, now, journalForeignId ? message.foreignId : undefined)),
  );
}

/** Newest first; stops as soon as the page is full, for a busy account holds many thousand messages. */
function page(
  oldestFirst: readonly SevenMessage[],
  params: Params,
  fits: (message: SevenMessage) => boolean,
): SevenMessage[] {
  const limit = Math.min(MAX_ROWS, Math.max(1, wholeNumber(params, "limit", MAX_ROWS)));
  const rows: SevenMessage[] = [];
  let left = wholeNumber(params, "offset", 0);
  for (let index = oldestFirst.length - 1; index >= 0 && rows.length < limit; index--) {
    const message = oldestFirst[index];
    if (message === undefined || !fits(message)) continue;
    if (left > 0) left -= 1;
    else rows.push(message);
  }
  return rows;
}

/** `/status`, deprecated: one row per id asked for, duplicates included. The text form knows one id. */
export function answerStatus(messages: Messages, call: Call): Response {
  const now = Date.now();
  const rows = (text(call.params, "msg_id") ?? "").split(",").map((id) => {
    const message = messages.byId(id.trim());
    const reached = message && statusAt(message, now);
    const time = reached && berlinTime(reached.statusAt).local.slice(0, 23);
    return {
      id: id.trim(),
      status: reached?.status ?? null,
      status_time: time ?? null,
    };
  });
  if (call.wantsJson) return call.c.json(rows);
  const [row] = rows;
  const known = row !== undefined && messages.byId(row.id) !== undefined;
  return call.c.body(known ? `${row.status ?? ""}\n${row.status_time ?? ""}` : "901", 200);
}

/** By id or recipient through an index, for a poll per second must not walk all messages. */
function candidates(messages: Messages, params: Params): readonly SevenMessage[] {
  const id = text(params, "id");
  const to = text(params, "to");
  if (id !== undefined) return [messages.byId(id)].filter((message) => message !== undefined);
  return to === undefined ? messages.all() : messages.to(to.replace(/^\+|^00/, ""));
}

/** Days are those of Berlin, as are all times in the journal. */
function matches(message: SevenMessage, params: Params, now: number): boolean {
  const to = text(params, "to")?.replace(/^\+|^00/, "");
  const state = text(params, "state");
  const day = berlinTime(message.at).local.slice(0, 10);
  if (to !== undefined && message.recipient !== to) return false;
  if (state !== undefined && statusAt(message, now)?.status !== state.toUpperCase()) return false;
  return day >= (text(params, "date_from") ?? day) && day <= (text(params, "date_to") ?? day);
}

/** The documented row. No number is one: ids, price and latency come as text, what is unknown as null. */
function toRow(
  message: SevenMessage,
  now: number,
  foreignId: string | undefined,
): Record<string, string | null> {
  const reached = statusAt(message, now);
  const final = reached !== undefined && FINAL_STATES.includes(reached.status);
  return {
    id: message.providerMessageId,
    to: message.recipient,
    from: message.sender,
    text: message.text,
    timestamp: berlinTime(message.at).local.slice(0, 19),
    price: message.price.toFixed(4),
    dlr: reached?.status ?? null,
    dlr_timestamp: reached ? berlinTime(reached.statusAt).local.slice(0, 19) : null,
    mccmnc: message.recipient.startsWith("49") ? "26201" : null,
    latency: final ? ((reached.statusAt - message.at) / 1_000).toFixed(4) : null,
    type: "direct",
    channel: message.channel === "sms" ? "SMS" : "VOICE",
    connection: "http",
    label: message.label ?? null,
    foreign_id: foreignId ?? null,
  };
}

/** @returns the name of the parameter that is no day. Time zones and times are not accepted there. */
function dayFault(params: Params): string | undefined {
  return ["date_from", "date_to"].find((name) => !DAY.test(text(params, name) ?? "2026-01-01"));
}

/** Anything that is no whole number counts as absent, as PHP would have it. */
function wholeNumber(params: Params, name: string, otherwise: number): number {
  const value = text(params, name);
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : otherwise;
}
