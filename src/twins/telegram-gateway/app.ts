import { Hono } from "hono";
import type { TwinContext, TwinEnv } from "../breakage.ts";
import { readParams, text } from "../params.ts";
import type { Params } from "../params.ts";
import { createPoster } from "../poster.ts";
import type { Verdict } from "../poster.ts";
import type { Twin, TwinDeps } from "../twin.ts";
import { planCallbacks, reportRevoked } from "./callbacks.ts";
import type { CallbackDeps } from "./callbacks.ts";
import { createFlood } from "./flood.ts";
import { createRequests, deliveryOf, toStatus } from "./requests.ts";
import type { GatewayRequest, Requests, VerificationStatus } from "./requests.ts";
import { checkAbility, refusal, sendMessage } from "./send.ts";

/** "Up to 10 times with growing delays"; the delays themselves are undocumented. */
const RETRY_GAPS_MS = [1, 2, 4, 8, 16, 32, 64, 128, 256].map((seconds) => seconds * 1_000);
/** The real limit is undocumented. */
const MAX_WRONG_CODES = 3;

export type TelegramOptions = {
  /** The only right token; undefined takes any token but none, and signs callbacks with `unset`. */
  token: string | undefined;
  retryScale: number;
  reportTimeoutMs: number;
};

/** Telegram's Gateway API: four methods, names in any case, GET or POST. */
export function createTelegramTwin(
  { ledger, faults, timers, log }: TwinDeps,
  { token, retryScale, reportTimeoutMs }: TelegramOptions,
): Twin {
  const gapsMs = RETRY_GAPS_MS.map((gap) => gap * retryScale);
  const poster = createPoster({ ledger, timers, log, gapsMs, timeoutMs: reportTimeoutMs, judge });
  const requests = createRequests(ledger);
  const callbacks: CallbackDeps = { timers, post: poster.post, token: token ?? "unset" };
  const flood = createFlood();
  const deps = {
    ledger,
    faults,
    requests,
    flood,
    plan: (one: GatewayRequest) => planCallbacks(callbacks, one),
  };
  const methods: Record<string, (c: TwinContext, params: Params) => Response | Promise<Response>> = {
    sendverificationmessage: (c, params) => sendMessage(deps, c, params),
    checksendability: (c, params) => checkAbility(deps, c, params),
    checkverificationstatus: (c, params) => withRequest(requests, c, params, checkStatus),
    revokeverificationmessage: (c, params) =>
      withRequest(requests, c, params, (one) => revoke(callbacks, one)),
  };
  const app = new Hono<TwinEnv>();
  app.on(["GET", "POST"], "/:method", async (c) => {
    const { params } = await readParams(c);
    const fault = tokenFault(c, params, token);
    if (fault !== undefined) return refusal(c, fault);
    const method = methods[c.req.param("method").toLowerCase()];
    return method === undefined ? refusal(c, "UNKNOWN_METHOD") : method(c, params);
  });
  const reset = () => {
    requests.reset();
    flood.reset();
  };
  return { app, reset, close: poster.close };
}

/** Nothing but 200 is an acknowledgement, not even 204. */
const judge = (status: number): Verdict => (status === 200 ? "done" : "retry");

/** The parameter form lands in proxy logs, but the real one takes it too. */
function tokenFault(c: TwinContext, params: Params, token: string | undefined): string | undefined {
  const [, bearer] = /^Bearer +(.+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  const given = bearer ?? text(params, "access_token") ?? "";
  if (given === "") return "ACCESS_TOKEN_REQUIRED";
  return token === undefined || given === token ? undefined : "ACCESS_TOKEN_INVALID";
}

/** For the methods that work on an earlier request. */
function withRequest(
  requests: Requests,
  c: TwinContext,
  params: Params,
  handle: (request: GatewayRequest, params: Params) => unknown,
): Response {
  const id = text(params, "request_id");
  if (id === undefined || id === "") return refusal(c, "REQUEST_ID_REQUIRED");
  const request = requests.find(id);
  if (request === undefined) return refusal(c, "REQUEST_ID_INVALID");
  return c.json({ ok: true, result: handle(request, params) });
}

/** Without a code it only tells; with one it judges the code. */
function checkStatus(request: GatewayRequest, params: Params): object {
  const entered = text(params, "code");
  const { message } = request;
  const now = Date.now();
  if (entered !== undefined && message !== undefined) {
    const right = entered === message.code;
    if (!right) request.wrongCodes += 1;
    const status = verificationAt(request, right, now > message.ttlEndAt);
    request.verification = { status, updatedAt: now, entered };
  }
  return toStatus(request, now);
}

/** A shut window beats everything; too many wrong codes beat a right one. */
function verificationAt(request: GatewayRequest, right: boolean, over: boolean): VerificationStatus {
  if (request.revokedAt !== undefined || over) return "expired";
  if (request.wrongCodes > MAX_WRONG_CODES) return "code_max_attempts_exceeded";
  return right ? "code_valid" : "code_invalid";
}

/** `true` means that the request arrived. What was delivered stays; only its code window shuts. */
function revoke(callbacks: CallbackDeps, request: GatewayRequest): true {
  const { message, revokedAt } = request;
  if (message === undefined || revokedAt !== undefined) return true;
  const now = Date.now();
  request.revokedAt = now;
  if (deliveryOf(request, message, now) === "revoked") reportRevoked(callbacks, request);
  else request.verification = { status: "expired", updatedAt: now, entered: undefined };
  return true;
}
