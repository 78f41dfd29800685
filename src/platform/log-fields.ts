/**
 * The only names that reach a log line. Everything else is dropped before it is written: a list of what may
 * be said cannot be forgotten in the way a list of what must be hidden can. `code`, `to`, `text`, `url`,
 * `headers` and error messages are absent on purpose.
 */
const ALLOWED = [
  "requestId",
  "method",
  "route",
  "status",
  "tookMs",
  "waitedMs",
  "ageMs",
  "forMs",
  "clientId",
  "door",
  "deliveryId",
  "attempt",
  "attempts",
  "paidAttempts",
  "provider",
  "channel",
  "purpose",
  "outcome",
  "reason",
  "detail",
  "providerCode",
  "change",
  "late",
  "timer",
  "found",
  "what",
  "queue",
  "count",
  "host",
  "port",
  "signal",
  "version",
  "pid",
  "role",
  "setting",
  "errorName",
  "errorCode",
  "errorAt",
] as const;

export type LogField = (typeof ALLOWED)[number];
export type LogFields = Partial<Record<LogField, string | number | boolean | undefined>>;

/** Long values are cut: a line is for searching, not for keeping documents. */
const VALUE_MAX = 300;

/** A copy with allowed names and plain values only. Anything may be passed in, also at run time. */
export function allowedFields(fields: Record<string, unknown>): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const name of ALLOWED) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === "string") kept[name] = value.slice(0, VALUE_MAX);
    else if (typeof value === "number" || typeof value === "boolean") kept[name] = value;
  }
  return kept;
}

/** Frames of a stack that are worth a line. */
const FRAMES = 4;

/**
 * What may be said of an error: its class, its code and where it was thrown, never its message, which may
 * quote a request, a URL or a Redis command.
 */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const code = "code" in error && typeof error.code === "string" ? error.code : replyCode(error);
  return {
    errorName: causes(error).join(" < "),
    ...(code === undefined ? {} : { errorCode: code }),
    errorAt: frames(error),
  };
}

/** Redis begins its errors with one word such as OOM or READONLY; the rest may repeat our arguments. */
function replyCode(error: Error): string | undefined {
  return /^([A-Z]{3,16}) /.exec(error.message)?.[1];
}

function causes(error: Error): string[] {
  const names: string[] = [];
  for (let e: unknown = error; e instanceof Error && names.length < 5; e = e.cause) names.push(e.name);
  return names;
}

/** Only lines of the form `at fn (file:line:column)`: a message may span several lines of the stack. */
function frames(error: Error): string {
  return (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at \S.*:\d+:\d+\)?$/.test(line))
    .slice(0, FRAMES)
    .map((line) => line.trim().slice(0, 160))
    .join(" | ")
    .slice(0, VALUE_MAX);
}
