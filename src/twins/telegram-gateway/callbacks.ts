import type { Report, ReportRequest } from "../poster.ts";
import type { Timers } from "../timers.ts";
import { dueAt, stepsOf } from "./plan.ts";
import type { Step } from "./plan.ts";
import { toStatus } from "./requests.ts";
import type { GatewayRequest } from "./requests.ts";
import { signCallback } from "./signature.ts";

/** An id that no account of ours ever had. */
const STRANGER_ID = "399999999999999";

export type CallbackDeps = {
  timers: Timers;
  post: (report: Report) => Promise<void>;
  /** Signs the callbacks; the token of the account. */
  token: string;
};

/**
 * Plans the callbacks of a sent message. Without a callback_url there is no timer at all.
 * @returns settles when a report that has to come before the answer has been tried.
 */
export function planCallbacks(deps: CallbackDeps, request: GatewayRequest): Promise<unknown> | undefined {
  const { message } = request;
  if (message?.callbackUrl === undefined || message.reports === "lost") return undefined;
  if (message.reports === "before")
    return Promise.all(stepsOf(message).map((step) => send(deps, request, step)));
  const now = Date.now();
  for (const step of stepsOf(message))
    deps.timers.after(Math.max(0, dueAt(message, step) - now), () => void send(deps, request, step));
  return undefined;
}

/** Says at once that a message was taken back. */
export function reportRevoked(deps: CallbackDeps, request: GatewayRequest): void {
  void send(deps, request, { status: "revoked", of: "delay", share: 0 });
}

/** After a revoke only the revoke itself is reported. */
async function send(deps: CallbackDeps, request: GatewayRequest, step: Step): Promise<void> {
  const url = request.message?.callbackUrl;
  if (url === undefined || (request.revokedAt !== undefined && step.status !== "revoked")) return;
  const status = toStatus(request, Date.now(), step.status);
  const stray = step.about === "stray";
  const body = JSON.stringify(stray ? { ...status, request_id: STRANGER_ID } : status);
  const forged = step.about === "forged";
  const token = forged ? `${deps.token} of a forger` : deps.token;
  await deps.post({
    provider: "telegram-gateway",
    providerMessageId: stray ? STRANGER_ID : request.id,
    status: step.status,
    forged,
    build: () => signed(url, token, body),
  });
}

/** Every try is signed afresh: the receiver may hold a freshness window against the timestamp. */
function signed(url: string, token: string, body: string): ReportRequest {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const headers = {
    "content-type": "application/json",
    "x-request-timestamp": timestamp,
    "x-request-signature": signCallback(token, timestamp, body),
  };
  return { method: "POST", url, headers, body };
}
