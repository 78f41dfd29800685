import type { SendOutcome } from "../core/outcome.ts";
import type { Answer, CallResult } from "./call.ts";

/** No wait is longer than the longest life of a code; a provider that asks for days must not stop a route for days. */
const RETRY_AFTER_MAX_MS = 600_000;

/** What the body says under its status; undefined when it says nothing that can be relied on. */
type ReadBody = (body: string, status: number) => SendOutcome | undefined;

/**
 * The outcome of one send. The transport and the HTTP status decide first, and a body that claims success
 * under a failing status is no acceptance.
 * @param now epoch ms, for a Retry-After that names a date
 */
export function outcomeOfCall(result: CallResult, now: number, readBody: ReadBody): SendOutcome {
  switch (result.kind) {
    case "unsent":
      return { kind: "unavailable", reason: "connect" };
    case "doubtful":
      return { kind: "uncertain", cause: result.cause === "oversize" ? "unreadable" : result.cause };
    case "answer":
      return outcomeOfAnswer(result, now, readBody);
  }
}

function outcomeOfAnswer(answer: Answer, now: number, readBody: ReadBody): SendOutcome {
  const { status, body } = answer;
  const providerCode = `http_${status}`;
  if (status === 429 || status === 503) return turnedAway(answer, now, readBody);
  if (status >= 500 || status === 408) return { kind: "uncertain", cause: "server_error", providerCode };
  // A redirect would carry the key to another place: never followed, and an operator must look.
  if (isBetween(status, 300, 399)) return { kind: "refused", reason: "account_rights", providerCode };
  return outcomeOfBody(status, readBody(body, status));
}

function outcomeOfBody(status: number, said: SendOutcome | undefined): SendOutcome {
  const providerCode = `http_${status}`;
  if (isBetween(status, 200, 299)) return said ?? { kind: "uncertain", cause: "unreadable", providerCode };
  // A client error without a readable reason is a gate in front of the provider: the next route is due.
  if (!said) return { kind: "refused", reason: "unknown", providerCode };
  return said.kind === "accepted" ? { kind: "uncertain", cause: "unreadable", providerCode } : said;
}

function isBetween(status: number, first: number, last: number): boolean {
  return status >= first && status <= last;
}

/**
 * Both statuses mean that nothing was taken; the first asks for patience, the second is the provider's own fault.
 * Source: RFC 6585, 4; RFC 9110, 15.6.4.
 */
function turnedAway(answer: Answer, now: number, readBody: ReadBody): SendOutcome {
  const said = readBody(answer.body, answer.status);
  if (said?.kind === "unavailable" && said.retryAfterMs !== undefined) return said;
  return {
    kind: "unavailable",
    reason: answer.status === 429 ? "throttled" : "provider_fault",
    retryAfterMs: retryAfterMs(answer.header("retry-after"), now),
    providerCode: `http_${answer.status}`,
  };
}

/**
 * Retry-After as seconds or as a date. undefined when it is absent, negative or no such thing.
 * Source: RFC 9110, 10.2.3.
 * @returns ms, at most `maxMs`, which is ten minutes where it is left out
 */
export function retryAfterMs(
  value: string | undefined,
  now: number,
  maxMs = RETRY_AFTER_MAX_MS,
): number | undefined {
  const text = value?.trim() ?? "";
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  // Date.parse reads nearly anything as a year; a date of HTTP begins with its weekday.
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  if (seconds === undefined && Number.isNaN(date)) return undefined;
  const waitMs = seconds === undefined ? Math.max(0, date - now) : Math.ceil(seconds * 1_000);
  return Math.min(waitMs, maxMs);
}
