import type { Evidence } from "../../../src/drill/evidence.ts";
import { type Answer, type LoadEntry, loadEntry } from "../../../src/drill/load-entry.ts";
import type {
  GatewayApiAccepted,
  SevenAccepted,
  Stamped,
  TelegramAccepted,
} from "../../../src/twins/ledger-entry.ts";

export const NUMBER = "+4915112345678";
export const textOf = (code: string) => `Your Nextcloud login code is ${code}.`;

type Asked = Answer & {
  to?: string;
  code?: string;
  at?: number;
  tookMs?: number;
  who?: string;
  via?: LoadEntry["via"];
  validForMs?: number;
};

export function anAsk(given: Asked = {}): LoadEntry {
  const { to = NUMBER, code = "123456", at = 0, tookMs = 10, who = "all", via = "otpost", ...answer } = given;
  const { validForMs = 60_000, ...said } = { status: 202, id: "d-1", ...answer };
  const arrival = { atMs: 0, who, via, to, code, text: textOf(code), validForMs };
  return loadEntry(0, arrival, { intendedAt: at, sentAt: at, answeredAt: at + tookMs, ...said });
}

let seq = 0;

export function sevenTook(
  given: Partial<Stamped<SevenAccepted>> & { code?: string } = {},
): Stamped<SevenAccepted> {
  const { code = "123456", ...more } = given;
  const at = given.at ?? 100;
  seq += 1;
  return {
    seq,
    at,
    provider: "seven",
    event: "accepted",
    channel: "sms",
    sender: "otpost",
    recipient: NUMBER.slice(1),
    text: textOf(code),
    foreignId: undefined,
    label: undefined,
    price: 0.075,
    delayed: false,
    handOverAt: at,
    providerMessageId: String(seq),
    ttlMs: undefined,
    reports: "normal",
    reportDelayMs: 300,
    lateMs: 5_000,
    ttlEndAt: at + 60_000,
    ...more,
  };
}

export function telegramTook(given: Partial<Stamped<TelegramAccepted>> = {}): Stamped<TelegramAccepted> {
  const at = given.at ?? 100;
  seq += 1;
  return {
    seq,
    at,
    provider: "telegram-gateway",
    event: "accepted",
    channel: "telegram",
    recipient: NUMBER.slice(1),
    code: "123456",
    payload: undefined,
    callbackUrl: undefined,
    cost: 0.01,
    providerMessageId: String(seq),
    ttlMs: 60_000,
    reports: "normal",
    reportDelayMs: 300,
    lateMs: 5_000,
    ttlEndAt: at + 60_000,
    ...given,
  };
}

export function gatewayapiTook(
  given: Partial<Stamped<GatewayApiAccepted>> & { code?: string } = {},
): Stamped<GatewayApiAccepted> {
  const { code = "123456", ...more } = given;
  const at = given.at ?? 100;
  seq += 1;
  return {
    seq,
    at,
    provider: "gatewayapi",
    event: "accepted",
    channel: "sms",
    sender: "otpost",
    recipient: NUMBER.slice(1),
    text: textOf(code),
    userref: undefined,
    callbackUrl: "http://127.0.0.1/reports",
    cost: 0.05,
    handOverAt: at,
    providerMessageId: String(seq),
    ttlMs: 60_000,
    reports: "normal",
    reportDelayMs: 300,
    lateMs: 5_000,
    ttlEndAt: at + 60_000,
    ...more,
  };
}

/** States are of the delivery d-1 unless they name others. */
export function evidence(given: {
  asked: readonly LoadEntry[];
  taken?: Evidence["taken"];
  state?: string;
  states?: Record<string, string>;
}): Evidence {
  const { asked, taken = [], state, states = state === undefined ? {} : { "d-1": state } } = given;
  return {
    asked,
    taken,
    states: new Map(Object.entries(states)),
    log: [],
    circuit: [],
    phases: [],
    readAt: 1_000_000,
  };
}
