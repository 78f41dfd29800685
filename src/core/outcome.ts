/** What one call to a provider proved, in words that no provider owns. */

/** Why a route will not take this message although its provider works. */
export type RefusalReason =
  | "recipient_invalid"
  | "recipient_unreachable"
  | "recipient_limit"
  | "already_sent"
  | "sender_invalid"
  | "content_invalid"
  | "account_credit"
  | "account_auth"
  | "account_rights"
  | "unknown";

/** Why a message is certainly unsent and may be tried again. */
export type UnavailableReason = "connect" | "throttled" | "provider_fault" | "absent" | "stopped";

/** Why a call left no answer that proves anything. */
export type UncertainCause = "timeout" | "reset" | "server_error" | "unreadable" | "crash";

/** Money as the provider named it. One unit = 1,000,000 micros. */
export type Cost = { micros: number; currency: string };

/** Only what the provider said of the call itself: no text, number or credential. */
type Said = { providerCode?: string | undefined };

export type SendOutcome =
  | ({ kind: "accepted"; providerMessageId: string | undefined; cost?: Cost | undefined } & Said)
  | ({
      kind: "unavailable";
      reason: UnavailableReason;
      /** Wait the provider asked for, in ms from its answer. */
      retryAfterMs?: number | undefined;
      /** Retries that make sense on the same route; the retry policy decides when absent. */
      retryLimit?: number | undefined;
    } & Said)
  | ({ kind: "refused"; reason: RefusalReason } & Said)
  | ({ kind: "uncertain"; cause: UncertainCause } & Said);

/** What the provider's own records say of a message whose call left no answer. */
export type LookUp =
  | { kind: "found"; providerMessageId: string; cost?: Cost | undefined }
  | { kind: "absent" }
  | { kind: "unreadable" };

/**
 * The provider's own fault, which its circuit counts. A refused recipient says nothing of the provider, one that
 * asks for patience works, and where no call was made there is nothing to count.
 */
export function isProviderFailure(outcome: SendOutcome): boolean {
  if (outcome.kind === "unavailable") return outcome.reason !== "throttled" && outcome.reason !== "stopped";
  return outcome.kind === "uncertain";
}

/** A failure after which nothing is in doubt: the provider took nothing. */
export function isSureFailure(outcome: SendOutcome): boolean {
  return isProviderFailure(outcome) && outcome.kind !== "uncertain";
}

/** Faults of the provider account rather than of the message or its recipient. */
export function isAccountFault(reason: RefusalReason): boolean {
  return reason === "account_credit" || reason === "account_auth" || reason === "account_rights";
}
