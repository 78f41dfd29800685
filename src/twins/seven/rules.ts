import { text } from "../params.ts";
import type { Params } from "../params.ts";

/** Limits of the documented parameters. Source: docs.seven.io, sms and voice; OpenAPI file. */
const MAX_TEXT = { sms: 1_520, voice: 10_000 };
const TAG = /^[A-Za-z0-9._@-]+$/;
const SENDER = /^(?:\+?\d{1,16}|[A-Za-z0-9/ .\-@_!()+$,&]{1,11})$/;
const MAX_FOREIGN_ID = 64;
const MAX_LABEL = 100;
/** Minutes; the default is two days. */
const DEFAULT_TTL_MINUTES = 2_880;
const MS_PER_MINUTE = 60_000;

export type Channel = "sms" | "voice";
/** What is documented with a code, and what only with a rule. */
export type SendFault = { kind: "code"; code: string } | { kind: "rule"; message: string };

/** What is wrong with the parameters of a send, in the order in which seven looks. */
export function sendFault(params: Params, channel: Channel): SendFault | undefined {
  const code = codeFault(params, channel);
  if (code !== undefined) return { kind: "code", code };
  const message = tagFault(params) ?? ttlFault(params);
  return message === undefined ? undefined : { kind: "rule", message };
}

/** Faults that have a return code of their own. */
function codeFault(params: Params, channel: Channel): string | undefined {
  const body = text(params, "text") ?? "";
  const sender = text(params, "from") ?? "";
  if ((text(params, "to") ?? "").trim() === "") return "301";
  if (body === "") return "305";
  if (body.length > MAX_TEXT[channel]) return "401";
  return sender === "" || SENDER.test(sender) ? undefined : "201";
}

/** Both go into URLs and statistics, hence the narrow alphabet. */
function tagFault(params: Params): string | undefined {
  const foreignId = text(params, "foreign_id") ?? "";
  const label = text(params, "label") ?? "";
  if (foreignId !== "" && (!TAG.test(foreignId) || foreignId.length > MAX_FOREIGN_ID))
    return "foreign_id: at most 64 of A-Z a-z 0-9 . _ @ -";
  if (label !== "" && (!TAG.test(label) || label.length > MAX_LABEL))
    return "label: at most 100 of A-Z a-z 0-9 . _ @ -";
  return undefined;
}

/** Old clients sent milliseconds: six digits of minutes let that show as a two-year ttl in the ledger. */
function ttlFault(params: Params): string | undefined {
  const ttl = text(params, "ttl");
  return ttl === undefined || /^[1-9]\d{0,5}$/.test(ttl) ? undefined : "ttl: whole minutes, 1 or more";
}

/** The lifetime the caller asked for, ms; undefined means the default. */
export function ttlOf(params: Params): number | undefined {
  const ttl = text(params, "ttl");
  return ttl === undefined ? undefined : Number(ttl) * MS_PER_MINUTE;
}

export const DEFAULT_TTL_MS = DEFAULT_TTL_MINUTES * MS_PER_MINUTE;

/** `delay` in unix seconds or `YYYY-MM-DD hh:mm:ss` (taken as UTC: the zone is undocumented). */
export function delayedUntil(params: Params): number {
  const delay = text(params, "delay");
  if (delay === undefined) return 0;
  const at = /^\d+$/.test(delay) ? Number(delay) * 1_000 : Date.parse(`${delay.replace(" ", "T")}Z`);
  return Number.isNaN(at) ? 0 : at;
}
