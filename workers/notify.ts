import { UnrecoverableError } from "bullmq";
import { parseAlert } from "../src/redis/alerts.ts";
import type { AlertWebhook } from "../src/notify/webhook.ts";

export type NotifyDeps = {
  /** undefined where no webhook is configured any more: what waits for it is let go. */
  webhook: Pick<AlertWebhook, "post"> | undefined;
  onPosted: (ok: boolean) => void;
};

/** One alert to the operator's webhook. What does not arrive is tried again by its queue, ever more rarely. */
export function notifyHandler({ webhook, onPosted }: NotifyDeps) {
  return async (data: unknown, signal: AbortSignal): Promise<void> => {
    const alert = parseAlert(data);
    if (!alert) throw new UnrecoverableError("not an alert");
    if (!webhook) return;
    const { ok, words } = await webhook.post(alert, signal);
    onPosted(ok);
    if (!ok) throw new Error(words);
  };
}
