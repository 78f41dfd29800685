import type { Report, ReportRequest } from "../poster.ts";
import type { Timers } from "../timers.ts";
import { berlinTime } from "./berlin.ts";
import type { Hook, Hooks } from "./hooks.ts";
import { dueAt, stepsOf } from "./plan.ts";
import type { SevenMessage, Step } from "./plan.ts";
import { toRequest } from "./webhook.ts";
import type { Event, ReportRules } from "./webhook.ts";

/** An id that no account of ours ever had. */
const STRANGER_ID = "76999999999";

type ReportsDeps = {
  hooks: Hooks;
  timers: Timers;
  post: (report: Report) => Promise<void>;
  rules: ReportRules;
  /** A delayed message that was taken back is silent. */
  isCancelled: (message: SevenMessage) => boolean;
};

/**
 * Plans the webhooks of an accepted message. Without a hook that wants them there is no timer at all.
 * @returns settles when a report that has to come before the answer has been tried.
 */
export function planReports(
  { hooks, timers, post, rules, isCancelled }: ReportsDeps,
  message: SevenMessage,
): Promise<unknown> | undefined {
  if (message.reports === "none" || message.reports === "lost") return undefined;
  const wanting = hooks.wanting(message.channel === "voice" ? "voice_status" : "dlr");
  if (wanting.length === 0) return undefined;
  const now = Date.now();
  const send = async (step: Step) => {
    if (isCancelled(message)) return;
    await Promise.all(wanting.map((hook) => post(toReport(message, step, hook, rules))));
  };
  if (message.reports === "before") return Promise.all(stepsOf(message).map(send));
  // Voice has one event for the end of the call instead of a chain of states.
  const steps = message.channel === "voice" ? stepsOf(message).slice(-1) : stepsOf(message);
  for (const step of steps) timers.after(Math.max(0, dueAt(message, step) - now), () => void send(step));
  return undefined;
}

/** The event is fixed at its first try; a retry repeats it word for word. */
function toReport(message: SevenMessage, step: Step, hook: Hook, rules: ReportRules): Report {
  const forged = step.about === "forged";
  const event = eventOf(message, step, rules);
  let first: ReportRequest | undefined;
  const build = (): ReportRequest => {
    if (first === undefined || rules.resignRetries) first = toRequest(event, hook, forged, rules);
    return first;
  };
  const providerMessageId = step.about === "stray" ? STRANGER_ID : message.providerMessageId;
  return { provider: "seven", providerMessageId, status: step.status, forged, build };
}

/** The documented sample plus what the OpenAPI file promises, if the account is set so. */
function eventOf(message: SevenMessage, step: Step, { foreignIdInReports }: ReportRules): Event {
  const at = Date.now();
  const time = berlinTime(Math.min(at, dueAt(message, step)));
  const foreign =
    foreignIdInReports && message.foreignId !== undefined ? { foreign_id: message.foreignId } : {};
  const id = step.about === "stray" ? STRANGER_ID : message.providerMessageId;
  const dlr = { msg_id: id, status: step.status, timestamp: time.local, ...foreign };
  const stamp = { webhook_event: "dlr", webhook_timestamp: berlinTime(at).iso };
  if (message.channel === "sms") return { ...stamp, data: dlr };
  const call = {
    callerId: message.sender,
    recipient: message.recipient,
    duration: 12,
    pricePerMinute: message.price,
  };
  const status = step.status === "DELIVERED" ? "completed" : "no-answer";
  const data = { id, ...call, status, timestamp: Math.floor(at / 1_000), ...foreign };
  return { ...stamp, webhook_event: "voice_status", data };
}
