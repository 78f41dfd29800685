import { Hono } from "hono";
import type { TwinEnv } from "../breakage.ts";
import type { Ledger } from "../ledger.ts";
import { createSilentQueue } from "../pace.ts";
import { createPoster, type Verdict } from "../poster.ts";
import type { Twin, TwinDeps } from "../twin.ts";
import { planCallbacks } from "./callbacks.ts";
import { answerSend, refusal } from "./send.ts";

const MINUTE_MS = 60_000;
/** Source: GatewayAPI, webhooks. */
const RETRY_GAPS_MS = [1, 2, 6, 24, 120, 720].map((minutes) => minutes * MINUTE_MS);
const FIRST_ID = 421_332_671;

export type GatewayApiOptions = {
  /** The only right token; undefined takes any token but none. */
  token: string | undefined;
  /** Signs the reports; undefined sends them unsigned. */
  secret: string | undefined;
  /** Scales the gaps between the tries of a report. */
  retryScale: number;
  reportTimeoutMs: number;
};

/** GatewayAPI's REST interface, as far as it is known to us: one call, and reports to its callback_url. */
export function createGatewayApiTwin(
  { ledger, faults, timers, log }: TwinDeps,
  { token, secret, retryScale, reportTimeoutMs }: GatewayApiOptions,
): Twin {
  const gapsMs = RETRY_GAPS_MS.map((gap) => gap * retryScale);
  const poster = createPoster({ ledger, timers, log, gapsMs, timeoutMs: reportTimeoutMs, judge });
  const callbacks = { timers, post: poster.post, secret };
  const queue = createSilentQueue();
  let nextId = firstId(ledger);
  const deps = {
    ledger,
    faults,
    queue,
    newId: () => nextId++,
    plan: (message: Parameters<typeof planCallbacks>[1]) => planCallbacks(callbacks, message),
  };
  const app = new Hono<TwinEnv>();
  app.post("/rest/mtsms", (c) => {
    const [, given] = /^Token +(.+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
    const isKnown = given !== undefined && (token === undefined || given === token);
    return isKnown ? answerSend(deps, c) : refusal(c, 401, "0x0004");
  });
  // The ids go on: two messages of one file never share one.
  return { app, reset: queue.reset, close: poster.close };
}

/** Any 2xx is an acknowledgement. Source: GatewayAPI, webhooks. */
const judge = (status: number): Verdict => (status >= 200 && status < 300 ? "done" : "retry");

/** Goes on after what an earlier run wrote to the ledger. */
function firstId(ledger: Ledger): number {
  const ids = ledger
    .since(0)
    .flatMap((entry) =>
      entry.provider === "gatewayapi" && entry.event === "accepted" ? [Number(entry.providerMessageId)] : [],
    );
  return Math.max(FIRST_ID - 1, ...ids) + 1;
}
