import type { ReportRequest } from "../poster.ts";
import type { Hook } from "./hooks.ts";
import { signedHeaders } from "./signature.ts";

/** Points on which docs, clients and observation differ; a receiver has to survive all of them. */
export type ReportRules = {
  signingKey: string | undefined;
  /** Docs sign the full URL, the official verifier the path with its query. */
  signedUrl: "full" | "path";
  /** Whether a retry gets a new timestamp and signature; undocumented, so both must be survived. */
  resignRetries: boolean;
  /** The OpenAPI file promises `foreign_id` in reports, the documented sample has none. */
  foreignIdInReports: boolean;
};

/** Without error reason, recipient or price: a report only says which message and what status. */
export type Event = {
  webhook_event: string;
  webhook_timestamp: string;
  data: Record<string, string | number>;
};

/** The three forms of a hook: JSON, PHP-style form fields, the same names in the query. */
export function toRequest(event: Event, hook: Hook, forged: boolean, rules: ReportRules): ReportRequest {
  // Without a signing key the secret is the URL itself, so the forger does not know its end.
  const target = forged && rules.signingKey === undefined ? `${hook.target_url}x` : hook.target_url;
  const call = bodyOf(event, hook, target);
  const headers = { ...customHeaders(hook), ...call.headers };
  const { signingKey } = rules;
  if (signingKey === undefined) return { ...call, headers };
  const key = forged ? `${signingKey} of a forger` : signingKey;
  const url = rules.signedUrl === "full" ? call.url : pathOf(call.url);
  const signature = signedHeaders(key, { method: call.method, url, body: call.body ?? "" });
  return { ...call, headers: { ...headers, ...signature } };
}

/** GET carries everything in the query, so its signature covers an empty body. */
function bodyOf(event: Event, { request_method }: Hook, target: string): ReportRequest {
  const form = formOf(event);
  switch (request_method) {
    case "GET":
      return {
        method: "GET",
        url: `${target}${target.includes("?") ? "&" : "?"}${form}`,
        headers: {},
        body: undefined,
      };
    case "JSON":
      return {
        method: "POST",
        url: target,
        headers: { "content-type": "application/json" },
        body: phpJson(event),
      };
    case "POST":
      return {
        method: "POST",
        url: target,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: form,
      };
  }
}

/** `data[msg_id]=..`: PHP makes a nested array of it. */
function formOf({ webhook_event, webhook_timestamp, data }: Event): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(data)) form.set(`data[${name}]`, String(value));
  form.set("webhook_event", webhook_event);
  form.set("webhook_timestamp", webhook_timestamp);
  return form.toString();
}

/** PHP escapes slashes, so a receiver that re-serialises before it verifies gets another MD5. */
const phpJson = (event: Event) => JSON.stringify(event).replaceAll("/", "\\/");

/** A hook may bring an Authorization line along. Lines without a colon are dropped. */
function customHeaders({ headers }: Hook): Record<string, string> {
  const lines = headers.split("\n").filter((line) => line.includes(":"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).trim(), line.slice(line.indexOf(":") + 1).trim()]),
  );
}

/** What a receiver behind a router sees as the URL. */
function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
