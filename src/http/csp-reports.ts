import { empty } from "./answer.ts";
import { readBody } from "./body.ts";
import type { Route } from "./route.ts";

/** A page of ours that tried what our own policy forbids: a bug, or somebody who got something into a page. */
export type CspReport = {
  /** Such as `script-src`, out of the policy's own names. */
  directive: string;
  /** What was to be loaded: a host, or a word such as `inline`; never a path or a query. */
  blocked: string;
};

const REPORT_MAX_BYTES = 8 * 1024;

/** Names that become labels. Source: CSP level 3, 6, those that our policies use. */
const DIRECTIVES = new Set([
  "default-src",
  "script-src",
  "style-src",
  "img-src",
  "connect-src",
  "font-src",
  "form-action",
  "base-uri",
  "frame-ancestors",
]);

/** Sent by browsers without any login, so it is read with care: anybody may write one. */
export function takeCspReports(onReport: (report: CspReport) => void): Route["handle"] {
  return async (c) => {
    const text = Buffer.from(await readBody(c.req.raw, REPORT_MAX_BYTES)).toString();
    onReport(parsed(text));
    return empty(204);
  };
}

/** `{"csp-report": {...}}`, as report-uri sends it. */
function parsed(text: string): CspReport {
  const report = inner(json(text), "csp-report");
  const name = inner(report, "effective-directive") ?? inner(report, "violated-directive");
  // style-src-elem and the like are the same policy of ours.
  const directive = typeof name === "string" ? (name.split(" ")[0] ?? "").replace(/-(elem|attr)$/, "") : "";
  return {
    directive: DIRECTIVES.has(directive) ? directive : "other",
    blocked: blockedOf(inner(report, "blocked-uri")),
  };
}

function blockedOf(uri: unknown): string {
  if (typeof uri !== "string") return "unknown";
  if (URL.canParse(uri)) return new URL(uri).host.slice(0, 100) || new URL(uri).protocol;
  return /^[a-z-]{1,20}$/.test(uri) ? uri : "unknown";
}

function inner(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
