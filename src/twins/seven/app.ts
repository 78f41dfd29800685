import { Hono } from "hono";
import type { ErrorShape } from "../behaviour.ts";
import type { TwinContext, TwinEnv } from "../breakage.ts";
import type { Faults } from "../faults.ts";
import { createSilentQueue } from "../pace.ts";
import { text } from "../params.ts";
import { createPoster } from "../poster.ts";
import type { Verdict } from "../poster.ts";
import type { Twin, TwinDeps } from "../twin.ts";
import { callerFault, codeAnswer, readCall } from "./call.ts";
import type { Call, CallerRules } from "./call.ts";
import { answerHooks, createHooks } from "./hooks.ts";
import type { HookMethod, Hooks } from "./hooks.ts";
import { answerJournal, answerStatus } from "./journal.ts";
import { createMessages } from "./messages.ts";
import type { Messages } from "./messages.ts";
import type { SevenMessage } from "./plan.ts";
import { answerPricing } from "./pricing.ts";
import { createReloadLock } from "./reload-lock.ts";
import { planReports } from "./reports.ts";
import type { ReportRules } from "./webhook.ts";
import { answerSend } from "./send.ts";
import type { SendDeps } from "./send.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Five documented gaps and eight of ten hours: 14 tries in 3.5 days. Source: docs.seven.io, webhooks. */
const RETRY_GAPS_MS = [1, 5, 30, 60, 120]
  .map((minutes) => minutes * MINUTE_MS)
  .concat(Array(8).fill(10 * HOUR_MS));

/** One account of seven's as its owner has set it up. */
export type SevenOptions = CallerRules &
  ReportRules & {
    /** A webhook registered from the start, for all events. */
    reportUrl: string | undefined;
    reportMethod: HookMethod;
    /** Scales the gaps between the tries of a report. */
    retryScale: number;
    reportTimeoutMs: number;
    contacts: Record<string, readonly string[]>;
    /** Form of the refusal of a key, where it was measured. */
    badKeyShape: ErrorShape | undefined;
  };

/** seven.io's HTTP API below `/api`, as far as the service or its operators may use it. */
export function createSevenTwin(deps: TwinDeps, options: SevenOptions): Twin {
  const { ledger, faults, timers, log } = deps;
  const gapsMs = RETRY_GAPS_MS.map((gap) => gap * options.retryScale);
  const poster = createPoster({ ledger, timers, log, gapsMs, timeoutMs: options.reportTimeoutMs, judge });
  const hooks = createHooks(options.reportUrl, options.reportMethod);
  const messages = createMessages(ledger);
  const queue = createSilentQueue();
  const lock = createReloadLock(messages.all(), faults.script().reloadLockMs);
  const { isCancelled } = messages;
  const reports = { hooks, timers, post: poster.post, rules: options, isCancelled };
  const plan = (message: SevenMessage) => planReports(reports, message);
  const { contacts } = options;
  const send: SendDeps = { ledger, faults, messages, queue, lock, contacts, plan };
  const reset = () => [messages, queue, lock, hooks].forEach((part) => part.reset());
  return { app: routes({ send, messages, hooks, faults }, options), reset, close: poster.close };
}

/** What the routes need; everything else stays inside the twin. */
type Parts = { send: SendDeps; messages: Messages; hooks: Hooks; faults: Faults };

/** The whole table. The caller is checked first everywhere, as a bad key hides all other faults. */
function routes({ send, messages, hooks, faults }: Parts, rules: SevenOptions): Hono<TwinEnv> {
  const app = new Hono<TwinEnv>();
  const on = (methods: string[], path: string, handle: (call: Call) => Response | Promise<Response>) =>
    app.on(methods, path, async (c) => {
      const call = await readCall(c);
      const fault = callerFault(call, rules);
      return fault === undefined
        ? handle(call)
        : codeAnswer(call, fault, rules.badKeyShape ?? badKeyShape(c));
    });
  on(["GET", "POST"], "/api/sms", (call) => answerSend(send, call, "sms"));
  on(["DELETE"], "/api/sms", (call) => cancelDelayed(messages, call));
  on(["GET", "POST"], "/api/voice", (call) => answerSend(send, call, "voice"));
  on(["GET"], "/api/journal/outbound", (call) => answerJournal({ messages, faults }, call));
  on(["GET", "POST"], "/api/status", (call) => answerStatus(messages, call));
  on(["GET", "POST"], "/api/balance", (call) => answerBalance(faults, call));
  on(["GET", "POST", "DELETE"], "/api/hooks", (call) => answerHooks(call, hooks));
  on(["GET"], "/api/pricing", answerPricing);
  return app;
}

/** 2xx and 3xx are success, 429 and most 5xx are tried again, anything else loses the report. */
function judge(status: number): Verdict {
  if (status >= 200 && status < 400) return "done";
  return [429, 500, 502, 503, 504].includes(status) ? "retry" : "final";
}

/** JSON callers get `"900"`; `/voice` was seen with a bare 900 even for them. */
const badKeyShape = (c: TwinContext) => (c.req.path === "/api/voice" ? "bare" : "quoted");

/** Cheap to ask, therefore a common health probe. */
function answerBalance(faults: Faults, { c, wantsJson }: Call): Response {
  const amount = faults.balance();
  return wantsJson ? c.json({ amount, currency: "EUR" }) : c.text(String(amount));
}

/** Only a delayed message can be taken back; one in the silent queue counts as sent. */
function cancelDelayed(messages: Messages, { c, params }: Call): Response {
  const ids = (text(params, "ids") ?? "").split(",").map((id) => id.trim());
  const waiting = ids.map((id) => messages.byId(id)).filter((message) => message !== undefined);
  const cancelled = waiting.filter(({ delayed, handOverAt }) => delayed && handOverAt > Date.now());
  for (const message of cancelled) messages.cancel(message);
  const deleted = cancelled.map(({ providerMessageId }) => providerMessageId);
  return c.json({ success: deleted.length > 0, deleted });
}
