import { UnrecoverableError } from "bullmq";
import type { Notify } from "../src/flows/notify.ts";
import { parseAlert } from "../src/redis/alerts.ts";
import { parseClientEvent } from "../src/redis/event-outbox.ts";
import type { AlertWebhook } from "../src/notify/webhook.ts";

export type NotifyDeps = {
  /** undefined where no webhook is configured any more: what waits for it is let go. */
  webhook: Pick<AlertWebhook, "post"> | undefined;
  onPosted: (ok: boolean) => void;
  /** Brings one event to its client. */
  notify: Notify;
};

/**
 * One event to a client, or one alert to the operator's webhook. What does not arrive is tried again ever more rarely: an
 * event as its flow says, an alert as its queue does.
 */
export function notifyHandler({ webhook, onPosted, notify }: NotifyDeps) {
  return async (data: unknown, signal: AbortSignal, tries: number) => {
    const event = parseClientEvent(data);
    if (event) {
      const left = await notify(event, tries, signal);
      return left === "over" ? undefined : left;
    }
    const alert = parseAlert(data);
    if (!alert) throw new UnrecoverableError("neither an event nor an alert");
    if (!webhook) return undefined;
    const { ok, words } = await webhook.post(alert, signal);
    onPosted(ok);
    if (!ok) throw new Error(words);
    return undefined;
  };
}
