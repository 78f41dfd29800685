import { z } from "zod";
import type { SendOutcome } from "../core/outcome.ts";
import { cost, messageId, parseJson } from "./said.ts";
import { outcomeOfCode } from "./seven-codes.ts";

/** Fields are loose on purpose: ids and codes were seen as text, number and null. Source: seven's clients. */
const loose = z.unknown().optional();
const messageSchema = z.object({ success: loose, id: loose, error: loose, price: loose });
const answerSchema = z.object({
  success: loose,
  code: loose,
  error_code: loose,
  messages: z.array(messageSchema).nullish(),
});

type AnswerObject = z.output<typeof answerSchema>;

/** A bare code, quoted or not, or the plain text form whose first line is the code. */
const BARE = /^"?(\d{1,3})"?$/;
const TEXT_FORM = /^(\d{1,3})\r?\n/;
/** Second line of the text form, where the caller asked for the id. */
const TEXT_ID = /^\d{1,3}\r?\n(\d{5,20})\r?(?:\n|$)/;
const TEXT_PRICE = /^Preis: (\d{1,6}\.\d{1,8})\r?$/m;

/**
 * The outcome that an answer to `/api/sms` proves, undefined when it proves none. HTTP 200 says nothing
 * here: a bad key comes as 200 and `900`. Acceptance needs code 100 and the message's own success.
 */
export function readSevenAnswer(body: string): SendOutcome | undefined {
  const text = body.trim();
  const bare = BARE.exec(text)?.[1];
  if (bare !== undefined) return outcomeOfCode(bare);
  const inText = TEXT_FORM.exec(text)?.[1];
  if (inText !== undefined) return textOutcome(text, inText);
  const parsed = answerSchema.safeParse(parseJson(text));
  return parsed.success ? objectOutcome(parsed.data) : undefined;
}

/** The text form has no second layer; an id stands for it. */
function textOutcome(text: string, code: string): SendOutcome | undefined {
  const id = TEXT_ID.exec(text)?.[1];
  if (code !== "100" || id === undefined) return outcomeOfCode(code);
  const price = cost(TEXT_PRICE.exec(text)?.[1], "EUR");
  return { kind: "accepted", providerMessageId: id, providerCode: code, cost: price };
}

function objectOutcome(answer: AnswerObject): SendOutcome | undefined {
  const code = codeOf(answer.success) ?? codeOf(answer.code) ?? codeOf(answer.error_code);
  if (code === undefined) return undefined;
  if (code !== "100" && code !== "101") return outcomeOfCode(code);
  const [message, ...others] = answer.messages ?? [];
  // One recipient was asked for; an answer about more is not about this request.
  if (!message || others.length > 0) return undefined;
  return messageOutcome(code, message);
}

function messageOutcome(code: string, message: z.output<typeof messageSchema>): SendOutcome | undefined {
  const error = codeOf(message.error);
  if (message.success === false) {
    const said = error === undefined ? undefined : outcomeOfCode(error);
    return said ?? { kind: "refused", reason: "unknown", providerCode: code };
  }
  const clean = error === undefined || error === "0";
  if (code !== "100" || message.success !== true || !clean) return undefined;
  return {
    kind: "accepted",
    // Null with a sandbox key.
    providerMessageId: messageId(message.id),
    providerCode: code,
    cost: cost(message.price, "EUR"),
  };
}

function codeOf(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && /^\d{1,3}$/.test(text) ? text : undefined;
}
