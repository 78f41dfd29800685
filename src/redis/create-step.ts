import { rankOf, turnClass } from "../core/fair-share.ts";
import { dayOf, spentMicros, walkedPrefix } from "../core/limits.ts";
import type { Created, Known, NewDelivery } from "../flows/ports.ts";
import { fromDoc, sealContent, sealContext, toDoc } from "./delivery-record.ts";
import type { DeliveryStoreDeps } from "./delivery-store.ts";
import { entriesOf, type FindEntry, foundUntil } from "./find-index.ts";
import { DAY_MS, IDEMPOTENCY_TTL_MS, RECORD_TTL_MS } from "./keys.ts";
import type { ScriptArg } from "./script.ts";
import { turnKeys } from "./take-turn.ts";

/** What the create script is given, and what it says. */

/** Sends allowed to one number, across clients; 0 switches a limit off. */
export type RecipientLimits = { per10Min: number; perDay: number };

/** The limits of the installation; a client's own come with its request. */
export type SendLimits = RecipientLimits & {
  /** Sends in 10 min, logins apart, to numbers that differ in their last four digits only; absent or 0 = no limit. */
  prefixPer10Min?: number;
  /** The same for a prefix that was first seen less than a day ago. */
  newPrefixPer10Min?: number;
};

/** Logins in 10 min that a number with a delivered login has beyond every limit of its own. */
const LOGIN_RESERVE = 2;

/** 48 bit: enough to tell one body from another, and short enough that Redis keeps hash and id in one piece. */
const FINGERPRINT_LENGTH = 8;

/** One call of the script: its keys and its arguments. */
export function createCall(
  deps: DeliveryStoreDeps,
  entry: NewDelivery,
  mode: "take" | "look",
): [keys: string[], args: ScriptArg[]] {
  const number = deps.vault.hash("recipient", entry.recipient);
  const entries = mode === "take" ? entriesOf(deps, entry.delivery, number) : [];
  return [
    [...createKeysOf(deps, entry, number), ...entries.map(({ key }) => key)],
    [...createArgs(deps, entry, mode), ...findArgs(entry, entries)],
  ];
}

function createKeysOf({ keys, vault }: DeliveryStoreDeps, entry: NewDelivery, number: string): string[] {
  const { delivery, recipient, content, idempotencyKey } = entry;
  const isLogin = delivery.purpose === "login";
  const good = keys.good(number);
  return [
    keys.record(delivery.id),
    keys.same(vault.hash("same", delivery.clientId, recipient, content.text)),
    // Never an empty key: on a Cluster it would lie in another slot than the rest.
    idempotencyKey === undefined
      ? keys.record(delivery.id)
      : keys.idempotency(vault.hash("idem", delivery.clientId, idempotencyKey)),
    keys.open,
    keys.due,
    keys.counts,
    // A flood of enrolments must not use up what the person needs to log in.
    keys.sends(isLogin ? "login" : "other", number),
    good,
    keys.clientDay(delivery.clientId, dayOf(delivery.createdAt).name),
    // Not looked at for a login, and a hash costs more than the rest of this list.
    isLogin ? good : keys.walk(vault.hash("prefix", walkedPrefix(recipient))),
    keys.lastSent,
    ...turnKeys(keys, delivery.next?.route ?? "none", delivery.createdAt),
  ];
}

function findArgs({ delivery }: NewDelivery, entries: readonly FindEntry[]): ScriptArg[] {
  return [foundUntil(delivery.createdAt), ...entries.map(({ member }) => member)];
}

function createArgs(deps: DeliveryStoreDeps, entry: NewDelivery, mode: "take" | "look"): ScriptArg[] {
  const { keys, vault } = deps;
  const { delivery, recipient, content, fingerprint, dueAt, idempotencyKey } = entry;
  const context = sealContext(delivery);
  return [
    keys.recordBase,
    toDoc(delivery),
    vault.seal(recipient, context),
    sealContent(vault, content, context),
    delivery.id,
    delivery.createdAt,
    dueAt,
    delivery.expiresAt + RECORD_TTL_MS,
    delivery.expiresAt - delivery.createdAt,
    idempotencyKey === undefined ? "" : vault.hash("fingerprint", fingerprint).slice(0, FINGERPRINT_LENGTH),
    IDEMPOTENCY_TTL_MS,
    deps.limits.per10Min,
    deps.limits.perDay,
    idempotencyKey === undefined ? 0 : 1,
    delivery.clientId,
    mode === "take" ? 1 : 0,
    ...limitArgs(deps, entry),
    delivery.next ? rankOf(turnClass(delivery.purpose, delivery.next.number)) : "",
  ];
}

function limitArgs({ limits }: DeliveryStoreDeps, entry: NewDelivery): ScriptArg[] {
  const { delivery, limits: own = {} } = entry;
  const { prefixPer10Min = 0, newPrefixPer10Min = prefixPer10Min } = limits;
  return [
    delivery.purpose === "login" ? 1 : 0,
    LOGIN_RESERVE,
    prefixPer10Min,
    newPrefixPer10Min,
    DAY_MS,
    own.perDay ?? "",
    own.spendMicros ?? "",
    spentMicros(delivery),
    dayOf(delivery.createdAt).endsAt,
  ];
}

export function toCreated(reply: unknown): Created {
  const [kind, value] = Array.isArray(reply) ? (reply as unknown[]) : [];
  switch (kind) {
    case "created":
      return typeof value === "number" ? { kind, tag: value } : { kind };
    case "recipient_limit":
    case "prefix_limit":
    case "client_limit":
    case "spend_cap":
      return { kind, retryAfterMs: Math.max(1_000, Number(value)) };
  }
  const known = toKnown(reply);
  if (known.kind !== "unknown") return known;
  throw new Error("The create script did not take an entry on");
}

export function toKnown(reply: unknown): Known {
  const [kind, value, by] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (kind === "unknown" || kind === "key_conflict") return { kind };
  if (kind === "repeated" && typeof value === "string") {
    return { kind, delivery: fromDoc(value), by: by === "key" ? "key" : "text" };
  }
  throw new Error("The create script gave an unknown answer");
}
