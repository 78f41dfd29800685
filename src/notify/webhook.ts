import { Webhook } from "standardwebhooks";
import { type Alert, alertMessageId } from "../core/alert.ts";
import { createCaller, type CallResult } from "../providers/call.ts";

/** Alerts as signed HTTP posts. Source: standardwebhooks.com, specification 1.0.0. */

/** Whole exchange, connecting included. */
const TIMEOUT_MS = 10_000;
/** The body of the answer is never looked at; this only bounds what is held in memory. */
const ANSWER_MAX_BYTES = 1_048_576;

export type WebhookDeps = {
  /** The operator's own setting, so any host may be meant; http(s) only, see the configuration. */
  url: string;
  /** `whsec_` and the key in base64. */
  secret: string;
  proxy: string | undefined;
  now: () => number;
};

/** `words` says what came back, without the URL: it may hold a token. */
export type Posted = { ok: boolean; words: string };

export type AlertWebhook = {
  post: (alert: Alert, signal: AbortSignal) => Promise<Posted>;
  close: () => Promise<void>;
};

/** One post for each call. A redirect is a fault, for it would carry the alert to another place. */
export function createAlertWebhook({ url, secret, proxy, now }: WebhookDeps): AlertWebhook {
  const { origin, pathname, search } = new URL(url);
  const signer = new Webhook(secret);
  const caller = createCaller({ baseUrl: origin, proxy, callTimeoutMs: TIMEOUT_MS });
  return {
    post: async (alert, signal) => {
      const body = payload(alert);
      const at = new Date(now());
      const id = alertMessageId(alert);
      const headers = {
        "content-type": "application/json",
        // The same in every retry, so that a receiver can tell a repeat.
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
        "webhook-signature": signer.sign(id, at, body),
      };
      const request = { method: "POST", path: pathname + search, headers, body } as const;
      return posted(await caller.call({ ...request, maxBytes: ANSWER_MAX_BYTES }, signal));
    },
    close: caller.close,
  };
}

function payload({ alert, subject, severity, says, at }: Alert): string {
  const timestamp = new Date(at).toISOString();
  return JSON.stringify({ type: "otpost.alert", timestamp, data: { alert, subject, severity, says } });
}

function posted(result: CallResult): Posted {
  switch (result.kind) {
    case "answer":
      return { ok: result.status >= 200 && result.status <= 299, words: statusWords(result.status) };
    case "unsent":
      return { ok: false, words: result.why === "aborted" ? "given up" : `no connection (${result.why})` };
    case "doubtful":
      // A body that is too large or broken came after a status that cannot be relied on.
      return { ok: false, words: `no usable answer (${result.cause})` };
  }
}

function statusWords(status: number): string {
  const isRedirect = status >= 300 && status <= 399;
  return isRedirect ? `HTTP ${status}, a redirect, which is not followed` : `HTTP ${status}`;
}
