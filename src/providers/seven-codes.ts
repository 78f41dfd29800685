import type { RefusalReason, SendOutcome } from "../core/outcome.ts";

/** What a return code means for the message. `per_message` sends the reader to `messages[]`. */
export type SevenVerdict =
  | { kind: "accepted" }
  | { kind: "per_message" }
  | { kind: "refused"; reason: RefusalReason }
  | { kind: "unavailable"; reason: "provider_fault"; retryLimit: number };

export type SevenCode = { code: string; meaning: string; verdict: SevenVerdict; source: string };

const refused = (reason: RefusalReason): SevenVerdict => ({ kind: "refused", reason });
/** Transient at seven or its carrier: one retry, then the next route. */
const once: SevenVerdict = { kind: "unavailable", reason: "provider_fault", retryLimit: 1 };

const DOCS = "docs.seven.io, return codes; go-client, php-client and js-client agree";
const CLIENTS = "go-client and php-client enumerations";
const OLD = "js-client or older documentation only";

/** seven's return codes. A code that is not here is refused as unknown. */
export const SEVEN_CODES: readonly SevenCode[] = [
  { code: "11", meaning: "carrier unavailable for the moment", verdict: once, source: CLIENTS },
  { code: "100", meaning: "accepted by the gateway", verdict: { kind: "accepted" }, source: DOCS },
  { code: "101", meaning: "a recipient failed", verdict: { kind: "per_message" }, source: DOCS },
  { code: "201", meaning: "sender invalid", verdict: refused("sender_invalid"), source: DOCS },
  { code: "202", meaning: "number invalid", verdict: refused("recipient_invalid"), source: DOCS },
  { code: "300", meaning: "no credentials", verdict: refused("account_auth"), source: OLD },
  // Our own mistake, not the recipient's: another provider may still take the number.
  { code: "301", meaning: "`to` missing", verdict: refused("content_invalid"), source: DOCS },
  { code: "304", meaning: "type missing", verdict: refused("content_invalid"), source: OLD },
  { code: "305", meaning: "text missing or invalid", verdict: refused("content_invalid"), source: DOCS },
  { code: "306", meaning: "sender invalid", verdict: refused("sender_invalid"), source: OLD },
  { code: "307", meaning: "url missing", verdict: refused("content_invalid"), source: OLD },
  { code: "400", meaning: "type invalid", verdict: refused("content_invalid"), source: OLD },
  { code: "401", meaning: "text too long", verdict: refused("content_invalid"), source: DOCS },
  {
    code: "402",
    meaning: "same text to the same number within 180 s",
    verdict: refused("already_sent"),
    source: DOCS,
  },
  { code: "403", meaning: "daily limit of this number", verdict: refused("recipient_limit"), source: DOCS },
  { code: "500", meaning: "credit too low", verdict: refused("account_credit"), source: DOCS },
  { code: "600", meaning: "carrier or sending error", verdict: once, source: DOCS },
  { code: "700", meaning: "unknown error", verdict: once, source: DOCS },
  { code: "801", meaning: "logo missing", verdict: refused("content_invalid"), source: OLD },
  { code: "802", meaning: "logo or ringtone invalid", verdict: refused("content_invalid"), source: OLD },
  { code: "803", meaning: "ringtone missing", verdict: refused("content_invalid"), source: OLD },
  { code: "900", meaning: "key wrong or missing", verdict: refused("account_auth"), source: DOCS },
  // Also comes of a clock that is more than 30 s off, where requests are signed.
  { code: "901", meaning: "signature wrong", verdict: refused("account_rights"), source: DOCS },
  { code: "902", meaning: "key lacks rights", verdict: refused("account_rights"), source: DOCS },
  { code: "903", meaning: "address not on the allow list", verdict: refused("account_rights"), source: DOCS },
];

const verdicts = new Map(SEVEN_CODES.map((row) => [row.code, row.verdict]));

/** The outcome of a code that ends the message; a success code alone proves nothing and is no outcome. */
export function outcomeOfCode(code: string): SendOutcome | undefined {
  const verdict = verdicts.get(code) ?? refused("unknown");
  switch (verdict.kind) {
    case "accepted":
    case "per_message":
      return undefined;
    case "refused":
    case "unavailable":
      return { ...verdict, providerCode: code };
  }
}
