import type { Cost, SendOutcome } from "../../core/outcome.ts";
import { cost, messageId, parseJson, word } from "../said.ts";
import { holds, located, textAt, valueAt } from "./pointer.ts";
import type { CostRules, SendRules } from "./schema.ts";

type ErrorRow = SendRules["errors"][number];

/** The body as the rules see it: parsed JSON, or one text. undefined when it is not what was promised. */
export function documentOf(body: string, kind: SendRules["answer"]): unknown {
  return kind === "text" ? body : parseJson(body);
}

/** What an answer proves by the rules of the file; undefined when it proves nothing. */
export function readHttpAnswer(rules: SendRules, body: string, status: number): SendOutcome | undefined {
  const document = documentOf(body, rules.answer);
  const error = rules.errors.find((row) => fits(row, document, status));
  if (error) return outcomeOf(error, rules, document, status);
  return accepted(rules, document, status) ?? unlisted(rules, document, status);
}

/** A client error that no row names is refused as unknown, but under the provider's own word. */
function unlisted(rules: SendRules, document: unknown, status: number): SendOutcome | undefined {
  const providerCode = status < 400 ? undefined : errorCode(rules, document);
  return providerCode === undefined ? undefined : { kind: "refused", reason: "unknown", providerCode };
}

/** A row without statuses fits any, one without conditions any body, readable or not. */
function fits({ statuses, where }: ErrorRow, document: unknown, status: number): boolean {
  return (statuses?.includes(status) ?? true) && (where ?? []).every((one) => holds(document, one));
}

/** Only the promised status, all conditions and an id together: half of them is what a proxy may show as well. */
function accepted(
  { accepted: rules }: SendRules,
  document: unknown,
  status: number,
): SendOutcome | undefined {
  if (document === undefined || !rules.statuses.includes(status)) return undefined;
  if (!(rules.where ?? []).every((one) => holds(document, one))) return undefined;
  const providerMessageId = rules.id === undefined ? undefined : messageId(located(document, rules.id));
  if (rules.id !== undefined && providerMessageId === undefined) return undefined;
  return { kind: "accepted", providerMessageId, cost: costAt(document, rules.cost) };
}

/** The file's own name for the error comes first, for the provider's word is a stranger's. */
function outcomeOf(
  { outcome, code }: ErrorRow,
  rules: SendRules,
  document: unknown,
  status: number,
): SendOutcome {
  const providerCode = code ?? errorCode(rules, document) ?? `http_${status}`;
  switch (outcome.kind) {
    case "accepted": {
      const { id } = rules.accepted;
      const providerMessageId = id === undefined ? undefined : messageId(located(document, id));
      return { kind: "accepted", providerMessageId, providerCode };
    }
    case "refused":
      return { kind: "refused", reason: outcome.reason, providerCode };
    case "unavailable": {
      const { reason, retryLimit, retryAfterMs } = outcome;
      return {
        kind: "unavailable",
        reason,
        ...(retryLimit === undefined ? {} : { retryLimit }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        providerCode,
      };
    }
    case "uncertain":
      return { kind: "uncertain", cause: "unreadable", providerCode };
  }
}

/** A hexadecimal code of up to four digits is kept: `word` would take its digits for a part of a number. */
function errorCode({ errorCode: at }: SendRules, document: unknown): string | undefined {
  if (at === undefined) return undefined;
  const value = located(document, at);
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text === "string" && /^0x[0-9a-f]{1,4}$/i.test(text)) return text;
  const said = word(text);
  return said === "unknown" ? undefined : said;
}

/** undefined where either the amount or its currency cannot be read: a price in no currency is none. */
export function costAt(document: unknown, rules: CostRules | undefined): Cost | undefined {
  if (!rules) return undefined;
  const currency = rules.currency ?? textAt(document, rules.currencyAt ?? "");
  if (currency === undefined || !/^[A-Z]{3}$/.test(currency)) return undefined;
  return cost(valueAt(document, rules.amount), currency);
}
