import { z } from "zod";
import { isMsisdn } from "../core/phone.ts";
import type { Message } from "../flows/ports.ts";
import { outcomeOfCall } from "./answer-outcome.ts";
import { createCaller } from "./call.ts";
import { defineProvider, type ProviderDeps, type RunningProvider } from "./provider.ts";
import { baseUrl, isLoopback, secret } from "./settings.ts";
import { probed } from "./telegram-gateway-account.ts";
import { readTelegramAnswer } from "./telegram-gateway-answer.ts";
import { createTelegramReports } from "./telegram-gateway-reports.ts";
import { readTelegramStatus } from "./telegram-gateway-status.ts";

/** Telegram gives a message up, and its price back, when it is not delivered within the ttl. */
const TTL_MIN_S = 30;
/** The person is waiting: a code that takes longer has been sent another way by then. */
const TTL_WISHED_S = 60;
const CALLBACK_URL_MAX = 256;
const CODE = /^\d{4,8}$/;
/** Asked for to see what is said of the token: a message of this id does not exist. */
const NOBODYS_REQUEST = "1";

const settings = z.object({
  TELEGRAM_GATEWAY_TOKEN: secret,
  TELEGRAM_GATEWAY_BASE_URL: baseUrl.default("https://gatewayapi.telegram.org"),
});

type Settings = z.output<typeof settings>;

/**
 * Codes through Telegram Gateway. There is no `lookUp`: the interface finds a message by its request id
 * only, and that is just what a lost answer does not give us.
 */
export const telegramGateway = defineProvider({
  name: "telegram-gateway",
  routeId: "telegram-gateway",
  channel: "telegram",
  settings,
  key: "TELEGRAM_GATEWAY_TOKEN",
  rules: {
    silenceMs: 15_000,
    canLookUp: false,
    canReadStatus: true,
    needsConsent: true,
    // About one in six people in Germany; whoever is known to be there is not guessed at.
    reach: 0.16,
    lockMs: 0,
  },
  // No limit is published; this is what Telegram names for its bots.
  lane: () => ({ perSecond: 30, concurrency: 32 }),
  create: createTelegramGateway,
  reports: ({ TELEGRAM_GATEWAY_TOKEN }) => createTelegramReports(TELEGRAM_GATEWAY_TOKEN),
});

function createTelegramGateway(options: Settings, deps: ProviderDeps): RunningProvider {
  const { clock, proxy, callTimeoutMs, reportUrl } = deps;
  const { call, close } = createCaller({ baseUrl: options.TELEGRAM_GATEWAY_BASE_URL, proxy, callTimeoutMs });
  const callbackUrl = usableCallback(reportUrl);
  const headers = {
    // The other way is a parameter, which would stand in access logs.
    authorization: `Bearer ${options.TELEGRAM_GATEWAY_TOKEN}`,
    accept: "application/json",
    "content-type": "application/json",
  };
  return {
    carries: ({ code }) => code !== undefined && CODE.test(code),
    send: async (message, signal) => {
      if (!isMsisdn(message.to)) return { kind: "refused", reason: "recipient_invalid" };
      const { code } = message.content;
      if (code === undefined || !CODE.test(code)) return { kind: "refused", reason: "content_invalid" };
      const body = JSON.stringify(requestBody(message, code, callbackUrl));
      const request = { method: "POST", path: "/sendVerificationMessage", headers, body } as const;
      return outcomeOfCall(await call(request, signal), clock.now(), readTelegramAnswer);
    },
    status: async ({ providerMessageId }, signal) => {
      // Without a code: with one Telegram would check it, and count the check against the person.
      const body = JSON.stringify({ request_id: providerMessageId });
      const request = { method: "POST", path: "/checkVerificationStatus", headers, body } as const;
      return readTelegramStatus(await call(request, signal), providerMessageId);
    },
    probe: async (signal) => {
      const body = JSON.stringify({ request_id: NOBODYS_REQUEST });
      return probed(await call({ method: "POST", path: "/checkVerificationStatus", headers, body }, signal));
    },
    close,
  };
}

/** Sent directly: a check first would bill a message that may never be sent. */
function requestBody({ to, reference, validForMs }: Message, code: string, callbackUrl: string | undefined) {
  return {
    phone_number: to,
    code,
    ttl: Math.max(TTL_MIN_S, Math.min(TTL_WISHED_S, Math.ceil(validForMs / 1_000))),
    payload: reference,
    ...(callbackUrl === undefined ? {} : { callback_url: callbackUrl }),
  };
}

/** Telegram refuses the whole message for a callback URL that it does not like. */
function usableCallback(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url) || Buffer.byteLength(url) > CALLBACK_URL_MAX) return undefined;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname)) ? url : undefined;
}
