import { z } from "zod";
import { isMsisdn } from "../core/phone.ts";
import type { Message } from "../flows/ports.ts";
import { outcomeOfCall } from "./answer-outcome.ts";
import { createCaller } from "./call.ts";
import { defineProvider, type ProviderDeps, type RunningProvider } from "./provider.ts";
import { probeSeven } from "./seven-account.ts";
import { readSevenAnswer } from "./seven-answer.ts";
import { readSevenBalance } from "./seven-balance.ts";
import { createSevenHooks, type HeaderWriter } from "./seven-hooks.ts";
import { createJournalReader } from "./seven-journal-page.ts";
import { createJournal } from "./seven-journal.ts";
import { createSevenReports, sevenTrialReport } from "./seven-reports.ts";
import { sevenSignedHeaders } from "./seven-signature.ts";
import { baseUrl, flag, secret, secrets, share, wholeNumber } from "./settings.ts";
import { localTurns } from "./turns.ts";

const SMS_PATH = "/api/sms";
const MINUTE_MS = 60_000;
/** Ten parts. Source: docs.seven.io, sms. */
const TEXT_MAX = 1_520;
/** 16 digits, or 11 characters of those that seven's PHP client lets through. */
const SENDER = /^(\+?\d{1,16}|[A-Za-z0-9/ .\-@_!()+$,&]{1,11})$/;

const senderId = z.string().regex(SENDER, "must be up to 11 letters and digits or up to 16 digits");

export const sevenSettings = z.object({
  SEVEN_API_KEY: secret,
  /** Checks reports; several with commas while one is being replaced. */
  SEVEN_SIGNING_KEY: secrets.optional(),
  SEVEN_BASE_URL: baseUrl.transform((url) => url.replace(/\/api$/, "")).default("https://gateway.seven.io"),
  SEVEN_SENDER: senderId.optional(),
  /** The account's contracted rate; 0 sends unpaced. Source: help.seven.io, message throughput limit. */
  SEVEN_MAX_PER_SECOND: wholeNumber(0, 1_000).default(10),
  /** Share of that rate which is left to whatever else sends through the account. */
  SEVEN_HEADROOM: share(0.9).default(0),
  /**
   * Off by default although a key is there: an unsigned call always works unless the API key asks for
   * signatures, a signed one fails whenever our clock is 30 s off or the key is being replaced.
   */
  SEVEN_SIGN_REQUESTS: flag.default(false),
});

type Settings = z.output<typeof sevenSettings>;

/** SMS through seven.io. */
export const seven = defineProvider({
  name: "seven",
  routeId: "seven-sms",
  channel: "sms",
  settings: sevenSettings,
  key: "SEVEN_API_KEY",
  rules: {
    silenceMs: 30_000,
    canLookUp: true,
    canReadStatus: true,
    needsConsent: false,
    reach: 1,
    // Source: docs.seven.io, sms: the same text to the same number is refused for 180 s.
    lockMs: 180_000,
  },
  // Our share of the rate, also for expected waits: another program's messages stand in seven's own line.
  lane: ({ SEVEN_MAX_PER_SECOND: rate, SEVEN_HEADROOM: headroom }) => ({
    perSecond: Math.round(rate * (1 - headroom) * 1_000) / 1_000,
    concurrency: 64,
  }),
  create: createSeven,
  senderFault: (sender) => senderId.safeParse(sender).error?.issues[0]?.message,
  reports: ({ SEVEN_SIGNING_KEY }) => createSevenReports(SEVEN_SIGNING_KEY ?? []),
  trialReport: ({ SEVEN_SIGNING_KEY }, url, now) => sevenTrialReport(SEVEN_SIGNING_KEY?.[0], url, now),
});

function createSeven(options: Settings, deps: ProviderDeps): RunningProvider {
  const { clock, proxy, callTimeoutMs, turns = localTurns() } = deps;
  const { call, close } = createCaller({ baseUrl: options.SEVEN_BASE_URL, proxy, callTimeoutMs });
  const headersFor = headerWriter(options, clock.now);
  const read = createJournalReader({ call }, (path) => headersFor("GET", path, ""));
  const journal = createJournal({ read, turns, clock });
  return {
    carries: ({ text }) => text !== "" && text.length <= TEXT_MAX,
    send: async (message, signal) => {
      // A contact's or group's name and a list of numbers are valid recipients at seven.
      if (!isMsisdn(message.to)) return { kind: "refused", reason: "recipient_invalid" };
      const body = JSON.stringify(smsBody(message, message.sender ?? options.SEVEN_SENDER));
      const request = {
        method: "POST",
        path: SMS_PATH,
        headers: headersFor("POST", SMS_PATH, body),
        body,
      } as const;
      return outcomeOfCall(await call(request, signal), clock.now(), readSevenAnswer);
    },
    lookUp: journal.lookUp,
    status: journal.status,
    balance: (signal) => readSevenBalance({ call }, (path) => headersFor("GET", path, ""), signal),
    probe: (signal) => probeSeven({ call }, (path) => headersFor("GET", path, ""), signal),
    hooks: createSevenHooks({ call }, headersFor),
    close: () => {
      journal.close();
      return close();
    },
  };
}

/** seven keeps an undeliverable message for 48 h unless told otherwise: a dead code must not arrive. */
function smsBody({ to, content, reference, validForMs }: Message, sender: string | undefined) {
  return {
    to,
    text: content.text,
    foreign_id: reference,
    ttl: Math.max(1, Math.ceil(validForMs / MINUTE_MS)),
    ...(sender === undefined ? {} : { from: sender }),
  };
}

function headerWriter(options: Settings, now: () => number): HeaderWriter {
  const plain = {
    "x-api-key": options.SEVEN_API_KEY,
    accept: "application/json",
    "content-type": "application/json",
  };
  const key = options.SEVEN_SIGN_REQUESTS ? options.SEVEN_SIGNING_KEY?.[0] : undefined;
  if (key === undefined) return () => plain;
  return (method, path, body) => ({
    ...plain,
    ...sevenSignedHeaders(key, { method, url: options.SEVEN_BASE_URL + path, body }, now()),
  });
}
