/** What the queue board may show of jobs beyond the fields that its own formatters cover. */

/** Options of a job that say how it runs. Ids of parents, telemetry and whatever comes later stay out. */
const OPTIONS = ["attempts", "delay", "priority", "lifo", "jobId", "removeOnComplete", "removeOnFail"];

/** BullMQ's own words for a failure, and ours: fixed sentences, or snake-case words without digits. */
const KNOWN_FAILURE = /^(job stalled more than allowable limit|[a-z]+(_[a-z]+)*)$/;
const HIDDEN = "[hidden: see the timeline of the delivery]";

/** What the board answers, filtered. A bare list of texts is the log of a job, which is all free text. */
export function filteredAnswer(body: unknown): unknown {
  if (Array.isArray(body) && body.some((line) => typeof line === "string")) return [];
  return hideSecrets(body);
}

/**
 * A copy of an answer of the board without free text: error messages and stacks may quote a request, and the
 * board would show them as they are. Works on any shape, because every endpoint nests jobs differently.
 */
function hideSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hideSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shown(name, inner)]));
}

function shown(name: string, value: unknown): unknown {
  switch (name) {
    case "failedReason":
    case "deferredFailure":
      return typeof value === "string" && value !== "" && !KNOWN_FAILURE.test(value) ? HIDDEN : value;
    case "stacktrace":
    case "logs":
      return [];
    case "returnValue":
    case "returnvalue":
      return null;
    case "data":
      return isRecord(value) ? pick(value, ["deliveryId", "attempt"]) : hideSecrets(value);
    case "opts":
      return isRecord(value) ? pick(value, OPTIONS) : {};
    default:
      return hideSecrets(value);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function pick(value: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((n) => Object.hasOwn(value, n)).map((n) => [n, value[n]]));
}
