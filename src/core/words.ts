import type { OpenReason } from "./circuit.ts";
import type { AttemptState, PlanReason, SkippedRoute } from "./delivery.ts";
import type { RefusalReason, UnavailableReason, UncertainCause } from "./outcome.ts";

/** The sentences that people read in a timeline. None of them can hold a code or a number. */

type Detail = RefusalReason | UnavailableReason | UncertainCause;

/** Written to follow a colon: `seven-sms refused the message: ...`. */
const DETAIL: Record<Detail, string> = {
  recipient_invalid: "the number is not one that can be reached",
  recipient_unreachable: "the recipient cannot be reached there",
  recipient_limit: "the provider's limit for this recipient is used up",
  already_sent: "the provider sent this text to this number already",
  sender_invalid: "the sender name is not allowed",
  content_invalid: "the provider does not take this text",
  account_credit: "the provider account has no credit",
  account_auth: "the provider does not accept our key",
  account_rights: "the provider account lacks the right for this",
  unknown: "the provider refused for a reason that we do not know",
  connect: "no connection to the provider",
  throttled: "the provider asked us to slow down",
  provider_fault: "the provider has a fault",
  absent: "the message never arrived at the provider",
  stopped: "an operator stopped the route before the call",
  timeout: "no answer in time",
  reset: "the connection broke before the answer",
  server_error: "the provider answered with a server error",
  unreadable: "the answer could not be read",
  crash: "the process that made the call ended before it had an answer",
};

export function detailWords(detail: Detail | undefined): string {
  return detail === undefined ? "no reason given" : DETAIL[detail];
}

/** Why an attempt is made, told about the one before it, or about the routes that come before its own. */
const PLANNED: Record<PlanReason, string> = {
  first: "first try",
  retry: "the same route once more",
  absent: "the same message once more, for it never arrived",
  refused: "the route before refused",
  unavailable: "the route before is not available",
  undelivered: "the route before reported that it could not deliver",
  buffered: "the route before found the phone out of reach",
  silence: "the route before took the message but stayed silent",
  doubt: "nobody can tell whether the route before took the message",
  busy: "a route that comes first has too long a line",
  circuit: "a route that comes first takes no calls now: its circuit, an operator or its provider stops it",
  quiet: "the messages of a route that comes first are not reported at the moment",
  probe: "its circuit is open and asks for a code that shows whether it works again",
  again: "one more round, for what failed may work again",
  resend: "the recipient asked for it again",
};

export function planWords(why: PlanReason): string {
  return PLANNED[why];
}

const OPENED: Record<OpenReason, string> = {
  failures_in_a_row: "too many calls in a row failed",
  failure_share: "too large a share of the calls failed",
  slow: "too many calls were slow",
  account_fault: "the provider account has a fault: key, rights or credit",
  probe_failed: "calls failed again when traffic came back",
};

/** Why a circuit is open. */
export function openWords(why: OpenReason): string {
  return OPENED[why];
}

const SKIPPED: Record<SkippedRoute["why"], string> = {
  content: "it cannot carry this content",
  consent: "no consent is recorded for its channel",
  unknown: "it is not configured",
};

export function skipWords(why: SkippedRoute["why"]): string {
  return SKIPPED[why];
}

const UNTAKEN: Partial<Record<AttemptState, string>> = {
  refused: "refused the message",
  unavailable: "could not take the message now",
  uncertain: "may or may not have taken the message",
};

/** What a call ended in where the provider did not say that it took the message. */
export function untakenWords(state: AttemptState): string {
  return UNTAKEN[state] ?? "ended without an accept";
}
