import { flag } from "../params.ts";
import { withFields } from "./as-measured.ts";
import type { Call } from "./call.ts";
import type { AnswerFields } from "./contract.ts";
import { measure } from "./encoding.ts";
import type { Letter, Verdict } from "./judge.ts";

/** Texts of the codes, for `error_text`. Source: docs.seven.io, sms, return codes. */
const ERROR_TEXT: Record<string, string> = {
  "11": "Carrier temporarily unavailable",
  "201": "Sender invalid",
  "202": "Recipient number invalid",
  "402": "Reload lock: this text was sent to this number within the last 180 seconds",
  "403": "Daily limit for this recipient reached",
  "600": "Carrier or sending error",
};

/** The outcome of a whole call, in the terms of its answer. */
export type Told = {
  /** The top-level code. */
  code: string;
  verdicts: Verdict[];
  /** EUR, after this call. */
  balance: number;
  /** Of an accepting answer, where they were measured. */
  fields: AnswerFields | undefined;
};

/** `/sms`: the code a string, `debug` a string, ids strings. The magic numbers bring the other types. */
export function smsAnswer(call: Call, letter: Letter, told: Told): Response {
  const { code, verdicts, balance } = told;
  if (!call.wantsJson) return plainAnswer(call, letter, code, { id: firstId(verdicts), balance });
  const numbers = verdicts.some((verdict) => "types" in verdict && verdict.types === "numbers");
  const measured = measure(letter.text);
  const more = { ...measured, label: letter.label ?? null, udh: null, is_binary: false };
  const body = {
    success: numbers ? Number(code) : code,
    total_price: totalPrice(verdicts),
    balance,
    debug: "false",
    sms_type: "direct",
    messages: verdicts.map((verdict) => ({ ...more, ...toMessage(letter, verdict) })),
  };
  return call.c.json(code === "100" ? withFields(body, told.fields) : body);
}

/** `/voice`: a real boolean in `debug`, numbers as ids. Text form: code, id, cost. */
export function voiceAnswer(call: Call, letter: Letter, { code, verdicts, balance }: Told): Response {
  const total_price = totalPrice(verdicts);
  if (!call.wantsJson) return call.c.text(`${code}\n${firstId(verdicts) ?? ""}\n${total_price}`);
  const messages = verdicts.map((verdict) => {
    const message = toMessage(letter, verdict);
    return { ...message, id: message.id === null ? null : Number(message.id) };
  });
  return call.c.json({ success: code, total_price, balance, debug: false, messages });
}

/** `debug=1` and sandbox keys check everything and send nothing: no id, no price. */
export function debugAnswer(call: Call, letter: Letter, balance: number): Response {
  if (!call.wantsJson) return plainAnswer(call, letter, "100", { id: null, balance });
  const { sender, text, label } = letter;
  const fixed = { udh: null, is_binary: false, price: 0, success: true, error: null, error_text: null };
  const message = {
    id: null,
    sender,
    recipient: null,
    text,
    ...measure(text),
    label: label ?? null,
    ...fixed,
  };
  const head = { success: "100", total_price: 0, balance, debug: "true", sms_type: "direct" };
  return call.c.json({ ...head, messages: [message] });
}

/** The old form: the code, with `return_msg_id` the id, with `details` a list. Source: py-client tests. */
function plainAnswer(
  call: Call,
  letter: Letter,
  code: string,
  { id, balance }: { id: string | null; balance: number },
): Response {
  const lines = [code];
  if (flag(call.params, "return_msg_id") && id !== null) lines.push(id);
  if (flag(call.params, "details")) {
    const { encoding } = measure(letter.text);
    lines.push("Verbucht: 0", `Preis: ${letter.price}`, `Guthaben: ${balance}`, `Text: ${letter.text}`);
    lines.push("SMS-Typ: direct", "Flash SMS: false", `Encoding: ${encoding}`);
    lines.push(`GSM0338: ${encoding === "gsm"}`, "Debug: false");
  }
  return call.c.body(lines.join("\n"), 200, { "content-type": "text/html; charset=UTF-8" });
}

/** One entry of `messages`. A refused recipient has no id and costs nothing. */
function toMessage(letter: Letter, verdict: Verdict) {
  const base = { sender: letter.sender, text: letter.text };
  if (verdict.kind === "accepted") {
    const { recipient, providerMessageId, price } = verdict.message;
    const done = { recipient, price, success: true, error: null, error_text: null };
    return { id: idOf(providerMessageId, verdict.ids), ...base, ...done };
  }
  // A mix is announced at the top; the recipient's own error then is a carrier error.
  const code = verdict.code === "101" ? "600" : verdict.code;
  const error = verdict.types === "numbers" ? Number(code) : code;
  const { recipient } = verdict;
  const error_text = ERROR_TEXT[code] ?? "Unknown error";
  return { id: null, ...base, recipient, price: 0, success: false, error, error_text };
}

/** Clients in the field were seen to expect each of the three. Source: py-client tests, go-client. */
function idOf(id: string, ids: "strings" | "numbers" | "null"): string | number | null {
  switch (ids) {
    case "strings":
      return id;
    case "numbers":
      return Number(id);
    case "null":
      return null;
  }
}

/** The text form has room for one id only. */
function firstId(verdicts: Verdict[]): string | null {
  const accepted = verdicts.find((verdict) => verdict.kind === "accepted");
  return accepted?.message.providerMessageId ?? null;
}

/** EUR, rounded to four places: sums of 0.075 would show their binary tail. */
function totalPrice(verdicts: Verdict[]): number {
  const paid = verdicts.reduce((sum, one) => sum + (one.kind === "accepted" ? one.message.price : 0), 0);
  return Math.round(paid * 10_000) / 10_000;
}
