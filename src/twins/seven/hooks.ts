import { text } from "../params.ts";
import { ruleAnswer } from "./call.ts";
import type { Call } from "./call.ts";
import { berlinTime } from "./berlin.ts";

/** `POST` means form fields and is the default. */
export type HookMethod = "JSON" | "POST" | "GET";
/** As it is listed: snake case, the id a string although the creation answers a number. */
export type Hook = {
  id: string;
  target_url: string;
  /** Custom request headers, several separated by LF. */
  headers: string;
  event_type: string;
  event_filter: string | null;
  request_method: HookMethod;
  enabled: boolean;
  created: string;
};

/** Source: docs.seven.io, webhooks; the JS client knows the same ones. */
const EVENTS = [
  "all",
  "dlr",
  "sms_mo",
  "rcs",
  "voice_call",
  "voice_status",
  "voice_dtmf",
  "tracking",
  "wa_mo",
];
const METHODS: readonly string[] = ["JSON", "POST", "GET"] satisfies HookMethod[];
const FIRST_ID = 410;

export type Hooks = ReturnType<typeof createHooks>;

/** The account's webhooks. @param reportUrl registers one for all events from the start. */
export function createHooks(reportUrl: string | undefined, method: HookMethod) {
  let hooks: Hook[] = [];
  let nextId = FIRST_ID;
  const add = (
    one: Pick<Hook, "target_url" | "event_type" | "request_method" | "headers" | "event_filter">,
  ) => {
    const created = berlinTime(Date.now()).local.slice(0, 19);
    hooks.push({ ...one, id: String(nextId++), enabled: true, created });
    return nextId - 1;
  };
  const reset = () => {
    hooks = [];
    if (reportUrl === undefined) return;
    add({
      target_url: reportUrl,
      event_type: "all",
      request_method: method,
      headers: "",
      event_filter: null,
    });
  };
  reset();
  return {
    list: (): readonly Hook[] => hooks,
    add,
    remove: (id: string): boolean => {
      const before = hooks.length;
      hooks = hooks.filter((hook) => hook.id !== id);
      return hooks.length < before;
    },
    /** Hooks that want this event. */
    wanting: (event: string): readonly Hook[] =>
      hooks.filter((hook) => hook.enabled && (hook.event_type === "all" || hook.event_type === event)),
    reset,
  };
}

/** GET lists, POST adds, DELETE removes; `action` is the legacy way to say which. */
export function answerHooks(call: Call, hooks: Hooks): Response {
  const { c, params } = call;
  switch (text(params, "action") ?? c.req.method) {
    case "read":
    case "GET":
      return c.json({ success: true, code: null, hooks: hooks.list() });
    case "subscribe":
    case "POST":
      return subscribe(call, hooks);
    case "unsubscribe":
    case "DELETE":
      return c.json({ success: hooks.remove(text(params, "id") ?? "") });
    default:
      return ruleAnswer(call, "action is none of read, subscribe, unsubscribe");
  }
}

/** A refusal keeps HTTP 200 and names its reason in `error_message`. */
function subscribe({ c, params }: Call, hooks: Hooks): Response {
  const url = text(params, "target_url") ?? "";
  const event = text(params, "event_type") ?? "";
  const method = text(params, "request_method") ?? "POST";
  const wrong = hookFault(url, event, method);
  if (wrong !== undefined) return c.json({ success: false, code: null, id: null, error_message: wrong });
  const id = hooks.add({
    target_url: url,
    event_type: event,
    request_method: method as HookMethod,
    headers: text(params, "headers") ?? "",
    event_filter: text(params, "event_filter") ?? null,
  });
  return c.json({ success: true, code: null, id });
}

/** One hook serves the account, so a bad one would lose the reports of all applications. */
function hookFault(url: string, event: string, method: string): string | undefined {
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) return "target_url is no http or https URL";
  if (!EVENTS.includes(event)) return "event_type is unknown";
  return METHODS.includes(method) ? undefined : "request_method is none of GET, POST, JSON";
}
