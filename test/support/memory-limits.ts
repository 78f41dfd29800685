import type { Delivery } from "../../src/core/delivery.ts";
import { dayOf, provesNumber, spentMicros, walkedPrefix } from "../../src/core/limits.ts";
import type { Created, NewDelivery } from "../../src/flows/ports.ts";
import type { SendLimits } from "../../src/redis/create-step.ts";
import { createExpiringMap } from "./expiring-map.ts";

const TEN_MIN_MS = 600_000;
const DAY_MS = 86_400_000;
const RESERVE = 2;

type Limited = Extract<Created, { retryAfterMs: number }>;
type Window = { name: string; max: number; ms: number };

/** What Redis counts with a new delivery, in this process. */
export function createMemoryLimits(now: () => number, limits: SendLimits) {
  const sends = createExpiringMap<number>(now);
  const good = createExpiringMap<true>(now);
  const firstAt = createExpiringMap<number>(now);
  const spent = createExpiringMap<number>(now);

  const isFull = ({ name, max }: Window) => max > 0 && (sends.get(name) ?? 0) >= max;
  const add = ({ name, ms }: Window) =>
    sends.set(name, (sends.get(name) ?? 0) + 1, sends.expiresAt(name) ?? now() + ms);
  const waitMs = ({ name }: Window) => Math.max(1_000, sends.ttlMs(name));

  function recipientWindows({ delivery, recipient }: NewDelivery): Window[] {
    const kind = delivery.purpose === "login" ? "login" : "other";
    const named = (name: string) => JSON.stringify([name, kind, recipient]);
    return [
      { name: named("10min"), max: limits.per10Min, ms: TEN_MIN_MS },
      { name: named("day"), max: limits.perDay, ms: DAY_MS },
    ];
  }

  function prefixWindow({ delivery, recipient }: NewDelivery): Window | undefined {
    const { prefixPer10Min: old = 0, newPrefixPer10Min: fresh = old } = limits;
    if (delivery.purpose === "login" || old === 0 || good.get(recipient)) return undefined;
    const prefix = walkedPrefix(recipient);
    const isOld = now() - (firstAt.get(prefix) ?? now()) >= DAY_MS;
    return { name: JSON.stringify(["walk", prefix]), max: isOld ? old : fresh, ms: TEN_MIN_MS };
  }

  function clientLimit({ delivery, limits: own = {} }: NewDelivery): Limited["kind"] | undefined {
    const day = dayName(delivery);
    if (own.perDay !== undefined && (sends.get(day) ?? 0) >= own.perDay) return "client_limit";
    const sum = (spent.get(day) ?? 0) + Math.max(1, spentMicros(delivery));
    return own.spendMicros !== undefined && sum > own.spendMicros ? "spend_cap" : undefined;
  }

  function count(entry: NewDelivery, windows: readonly Window[]): void {
    for (const window of windows) add(window);
    const { delivery, recipient, limits: own } = entry;
    const prefix = walkedPrefix(recipient);
    if (delivery.purpose !== "login") firstAt.set(prefix, firstAt.get(prefix) ?? now(), now() + 30 * DAY_MS);
    if (own?.perDay === undefined && own?.spendMicros === undefined) return;
    const [day, keptUntil] = [dayName(delivery), dayOf(delivery.createdAt).endsAt + DAY_MS];
    sends.set(day, (sends.get(day) ?? 0) + 1, keptUntil);
    spent.set(day, (spent.get(day) ?? 0) + spentMicros(delivery), keptUntil);
  }

  /** The windows that this delivery counts in, or that its number has had enough. */
  function recipientShare(entry: NewDelivery): Window[] | Limited {
    const windows = recipientWindows(entry);
    const full = windows.filter(isFull);
    if (full.length === 0) return windows;
    const reserve = { name: JSON.stringify(["reserve", entry.recipient]), max: RESERVE, ms: TEN_MIN_MS };
    const fullMs = Math.max(...full.map(waitMs));
    const isKnown = entry.delivery.purpose === "login" && good.get(entry.recipient);
    if (isKnown && !isFull(reserve)) return [...windows, reserve];
    return {
      kind: "recipient_limit",
      retryAfterMs: isKnown ? Math.min(fullMs, waitMs(reserve)) : fullMs,
    };
  }

  return {
    /** Counts a new delivery, or tells which limit keeps it from being one. */
    take: (entry: NewDelivery): Limited | undefined => {
      const share = recipientShare(entry);
      if (!Array.isArray(share)) return share;
      const prefix = prefixWindow(entry);
      if (prefix && (sends.get(prefix.name) ?? 0) >= prefix.max) {
        return { kind: "prefix_limit", retryAfterMs: waitMs(prefix) };
      }
      const own = clientLimit(entry);
      const leftMs = dayOf(entry.delivery.createdAt).endsAt - now();
      if (own) return { kind: own, retryAfterMs: Math.max(1_000, leftMs) };
      count(entry, prefix ? [...share, prefix] : share);
      return undefined;
    },
    saved: (recipient: string, from: Delivery, to: Delivery): void => {
      if (provesNumber(from, to)) good.set(recipient, true, now() + 30 * DAY_MS);
      const day = dayName(to);
      const sum = spent.get(day);
      const change = spentMicros(to) - spentMicros(from);
      if (sum !== undefined) spent.set(day, sum + change, spent.expiresAt(day) ?? now());
    },
  };
}

function dayName({ clientId, createdAt }: Delivery): string {
  return JSON.stringify(["client", clientId, dayOf(createdAt).name]);
}
