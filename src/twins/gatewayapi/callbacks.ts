import type { Report, ReportRequest } from "../poster.ts";
import type { Timers } from "../timers.ts";
import { signJwt } from "./jwt.ts";
import { dueAt, type GatewayApiMessage, type Step, stepsOf } from "./plan.ts";

/** An id that no account of ours ever had. */
const STRANGER_ID = 899_999_999;

export type CallbackDeps = {
  timers: Timers;
  post: (report: Report) => Promise<void>;
  /** Signs the reports; undefined sends them unsigned. */
  secret: string | undefined;
};

/**
 * Plans the reports of a message. Without a callback_url there is no timer at all.
 * @returns settles when a report that has to come before the answer has been tried.
 */
export function planCallbacks(deps: CallbackDeps, message: GatewayApiMessage): Promise<unknown> | undefined {
  if (message.callbackUrl === undefined) return undefined;
  const steps = stepsOf(message);
  if (message.reports === "before") return Promise.all(steps.map((step) => send(deps, message, step)));
  const now = Date.now();
  for (const step of steps) {
    deps.timers.after(Math.max(0, dueAt(message, step) - now), () => void send(deps, message, step));
  }
  return undefined;
}

async function send({ post, secret }: CallbackDeps, message: GatewayApiMessage, step: Step): Promise<void> {
  const { callbackUrl: url, recipient, userref } = message;
  if (url === undefined) return;
  const id = step.about === "stray" ? STRANGER_ID : Number(message.providerMessageId);
  const time = Math.floor(Math.min(Date.now(), dueAt(message, step)) / 1_000);
  const said = { id, msisdn: Number(recipient), time, status: step.status, userref };
  const forged = step.about === "forged";
  const request = toRequest(url, said, forged && secret !== undefined ? `${secret} of a forger` : secret);
  await post({
    provider: "gatewayapi",
    providerMessageId: String(id),
    status: step.status,
    forged,
    build: () => request,
  });
}

/** Body and claims say the same. Source: GatewayAPI, webhooks. */
function toRequest(url: string, said: object, secret: string | undefined): ReportRequest {
  const signature = secret === undefined ? {} : { "x-gwapi-signature": signJwt(secret, said) };
  const headers = { "content-type": "application/json", ...signature };
  return { method: "POST", url, headers, body: JSON.stringify(said) };
}
