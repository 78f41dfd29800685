import { v7 } from "uuid";
import { advance } from "../src/core/advance.ts";
import type { Delivery } from "../src/core/delivery.ts";
import type { SendOutcome } from "../src/core/outcome.ts";
import { maskMsisdn, type Msisdn } from "../src/core/phone.ts";
import type { Report } from "../src/core/report.ts";
import type { MessageBinding, NewDelivery } from "../src/flows/ports.ts";

/** Deliveries as three days of a large site leave them, made by the product's own state machine. */

export const CLIENTS = 20;
const DAYS_MS = 72 * 3_600_000;
/** Those that would run out while the others are written are left away. */
const MARGIN_MS = 1_800_000;
const ROUTES = ["seven-sms", "telegram-gateway"] as const;
const PROVIDERS = { "seven-sms": "seven", "telegram-gateway": "telegram-gateway" } as const;
/** Logins of one person in three days. */
const PER_NUMBER = 5;
/** One in so many has a reference of its client, leaves seven-sms for Telegram, is never confirmed, expires. */
const EVERY = { reference: 5, failover: 25, unconfirmed: 50, expired: 100 };

/** What share of a day's logins falls into each hour, by UTC: nearly all at work, most at nine. */
const HOURS = [2, 1, 1, 1, 2, 6, 20, 60, 110, 100, 80, 75, 60, 75, 70, 65, 55, 40, 30, 25, 20, 15, 10, 5];

export type Made = { entry: NewDelivery; ended: Delivery; binds: MessageBinding[] };

/** Instants of `count` deliveries, oldest first, thick where people are at work. */
export function* instants(count: number, now: number): Generator<number> {
  const first = now - DAYS_MS + MARGIN_MS;
  const minutes = Array.from({ length: Math.floor((now - first) / 60_000) }, (_, i) => first + i * 60_000);
  const weightOf = (at: number) => HOURS[new Date(at).getUTCHours()] ?? 1;
  const all = minutes.reduce((sum, at) => sum + weightOf(at), 0);
  let [weight, made] = [0, 0];
  for (const at of minutes) {
    weight += weightOf(at);
    const until = Math.round((weight / all) * count);
    const here = until - made;
    for (let i = 0; i < here; i++) yield at + Math.floor((i / here) * 60_000);
    made = until;
  }
}

/** The number of the n-th delivery; a step that is prime to their count spreads those of one person over the days. */
export function numberOf(n: number, count: number): Msisdn {
  const people = Math.max(1, Math.floor(count / PER_NUMBER));
  return `+4915${String(100_000_000 + ((n * 7_919) % people))}` as Msisdn;
}

export function referenceOf(n: number): string | undefined {
  return n % EVERY.reference === 0 ? `ticket-${n}` : undefined;
}

export function messageIdOf(n: number): string {
  return `77${String(n).padStart(9, "0")}`;
}

export function made(n: number, at: number, recipient: Msisdn): Made {
  const taken = takenOn(n, at, recipient);
  const { delivery, binds } = story(n, taken, at);
  const content = { code: "482913", text: `482913 is your Nextcloud verification code for login ${n}.` };
  const entry = {
    delivery: taken,
    recipient,
    content,
    idempotencyKey: undefined,
    fingerprint: "",
    dueAt: taken.expiresAt,
  };
  return { entry, ended: delivery, binds };
}

function takenOn(n: number, at: number, recipient: Msisdn): Delivery {
  const id = v7({ msecs: at });
  const reference = referenceOf(n);
  const delivery: Delivery = {
    id,
    clientId: `cloud-${n % CLIENTS}`,
    purpose: "login",
    door: "playsms",
    recipientMasked: maskMsisdn(recipient),
    callingCode: "49",
    createdAt: at,
    expiresAt: at + 60_000,
    plan: [...ROUTES],
    skipped: [],
    state: "queued",
    attempts: [],
    ...(reference === undefined ? {} : { reference }),
  };
  return planned(delivery, at, "first");
}

function planned(delivery: Delivery, at: number, why: "first" | "refused"): Delivery {
  const number = delivery.attempts.length + 1;
  const route = delivery.plan[number - 1] ?? ROUTES[0];
  const reference = `${delivery.id}-${number}`;
  const next = { number, route, why, reference, plannedAt: at, notBefore: at };
  return advance(delivery, { kind: "planned", next, at });
}

/** From the lane to its end. */
function story(n: number, taken: Delivery, at: number): { delivery: Delivery; binds: MessageBinding[] } {
  if (n % EVERY.expired === 7)
    return { delivery: advance(taken, { kind: "deadline", at: at + 30_000 }), binds: [] };
  const isMoved = n % EVERY.failover === 3;
  const refused: SendOutcome = { kind: "refused", reason: "account_credit", providerCode: "500" };
  const first = isMoved ? planned(called(taken, at, refused), at + 400, "refused") : taken;
  const attempt = first.attempts.length + 1;
  const messageId = messageIdOf(n);
  const cost = { micros: isMoved ? 10_000 : 75_000, currency: isMoved ? "USD" : "EUR" };
  const sent = called(first, at, { kind: "accepted", providerMessageId: messageId, cost });
  const provider = PROVIDERS[attempt === 1 ? "seven-sms" : "telegram-gateway"];
  const binds = [{ provider, messageId, attempt }];
  if (n % EVERY.unconfirmed === 9)
    return { delivery: advance(sent, { kind: "closed", at: at + 120_000 }), binds };
  return { delivery: delivered(n, sent, attempt, at), binds };
}

function called(delivery: Delivery, at: number, outcome: SendOutcome): Delivery {
  const intended = advance(delivery, { kind: "intended", at: at + 80 });
  return advance(intended, { kind: "outcome", attempt: intended.attempts.length, outcome, at: at + 350 });
}

function delivered(n: number, sent: Delivery, attempt: number, at: number): Delivery {
  const names = { providerMessageId: messageIdOf(n), reference: undefined, reportedAt: undefined };
  const report: Report = { status: "delivered", said: "DELIVERED", ...names };
  return advance(sent, { kind: "reported", attempt, report, at: at + 2_000 + (n % 20) * 500 });
}
