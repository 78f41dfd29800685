import type { Context } from "hono";
import type { Cost } from "../../core/outcome.ts";
import { json, text } from "../answer.ts";
import { type ProblemCode, type Refusal, refusalHeaders, statusOf } from "../problem.ts";
import type { DoorRequest } from "./door-request.ts";
import type { Fields } from "./fields.ts";
import type { Sent } from "./front-end.ts";

/** `Accept: application/json`, or the older parameter. Source: docs.seven.io, sms. */
export function isJsonWanted({ header }: Pick<DoorRequest, "header">, fields: Fields): boolean {
  return acceptsJson(header("accept")) || isOn(fields, "json");
}

/** A switch as a form and as JSON write it. */
export function isOn(fields: Fields, name: string): boolean {
  return /^(1|true)$/i.test(fields.text(name));
}

function acceptsJson(accept: string | undefined): boolean {
  return /\bapplication\/json\b/i.test(accept ?? "");
}

/**
 * The text is not said again: it holds the code, and answers end up in logs of clients. The number has no
 * plus, as seven writes it.
 */
export function sendAnswer(
  { id, recipient, sandbox }: Sent,
  sender: string,
  { asJson, withId }: { asJson: boolean; withId: boolean },
): Response {
  if (!asJson) return text(200, withId ? `100\n${id}` : "100");
  const message = { id, sender, recipient: recipient.slice(1), text: "", price: 0, ...FINE };
  return json(200, {
    success: "100",
    total_price: 0,
    debug: "false",
    sms_type: "direct",
    messages: [message],
    ...(sandbox ? { sandbox: true } : {}),
  });
}

const FINE = { success: true, error: null, error_text: null };

export function balanceAnswer({ micros, currency }: Cost, asJson: boolean): Response {
  const amount = micros / 1_000_000;
  return asJson ? json(200, { amount, currency }) : text(200, String(amount));
}

/** seven's codes for our reasons. Source: docs.seven.io, sms, return codes. */
const CODES: Partial<Record<ProblemCode, string>> = {
  unauthorized: "900",
  too_many_failures: "900",
  invalid_recipient: "202",
  invalid_text: "305",
  invalid_request: "305",
  invalid_json: "305",
  unsupported_media_type: "305",
  body_too_large: "401",
  recipient_limit: "403",
  prefix_limit: "403",
  client_limit: "403",
  spend_cap: "500",
  blocked: "202",
  country: "202",
  number_type: "202",
  no_route: "600",
  busy: "600",
  unavailable: "600",
  not_found: "901",
};
/** "Unknown error", for a fault of ours. */
const UNKNOWN = "700";

const SENTENCES: Partial<Record<ProblemCode, string>> = {
  unauthorized: "Send a key of a client as X-Api-Key.",
};

/**
 * seven answers 200 to everything and tells by a code; a driver that looks at the status only must be refused
 * too, so there are both. A refused key is a bare code everywhere, as seven's is.
 */
export function refuse(refusal: Refusal, c: Context): Response {
  const code = CODES[refusal.code] ?? UNKNOWN;
  const [status, headers] = [statusOf(refusal.code), refusalHeaders(refusal)];
  const isJson = acceptsJson(c.req.header("accept")) || /[?&]json=(1|true)(&|$)/.test(c.req.url);
  if (!isJson) return text(status, code, headers);
  if (code === "900" || !/\/sms\/?$/.test(c.req.path)) return json(status, code, headers);
  const error_text = SENTENCES[refusal.code] ?? refusal.detail;
  const message = { id: null, sender: "", recipient: null, text: "", price: 0 };
  const messages = [{ ...message, success: false, error: code, error_text }];
  const head = { success: code, total_price: 0, debug: "false", sms_type: "direct" };
  return json(status, { ...head, messages }, headers);
}
