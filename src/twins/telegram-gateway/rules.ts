import { text } from "../params.ts";
import type { Params } from "../params.ts";

const MAX_CALLBACK_BYTES = 256;
const MAX_PAYLOAD_BYTES = 128;
/** Seconds. Source: core.telegram.org, gateway API (since 2025-02-26). */
const TTL_S = { least: 30, most: 3_600 };

/** The number in the form in which it comes back: digits without a plus. Undefined if it is none. */
export function phoneOf(params: Params): string | undefined {
  const digits = (text(params, "phone_number") ?? "").replace(/^\+/, "").replace(/[ -]/g, "");
  return /^[1-9]\d{6,14}$/.test(digits) ? digits : undefined;
}

/** The error string for the first bad parameter of a send, besides number and request id. */
export function sendFault(params: Params): string | undefined {
  return codeFault(params) ?? ttlFault(params) ?? textFault(params);
}

/** With `code` the length is ignored; one of them must be there. */
function codeFault(params: Params): string | undefined {
  const code = text(params, "code");
  const length = text(params, "code_length");
  if (code !== undefined) return /^\d{4,8}$/.test(code) ? undefined : "CODE_INVALID";
  if (length === undefined) return "CODE_LENGTH_REQUIRED";
  return /^[4-8]$/.test(length) ? undefined : "CODE_LENGTH_INVALID";
}

/** Whole seconds. */
function ttlFault(params: Params): string | undefined {
  const ttl = text(params, "ttl");
  if (ttl === undefined) return undefined;
  const seconds = Number(ttl);
  const fits = /^\d+$/.test(ttl) && seconds >= TTL_S.least && seconds <= TTL_S.most;
  return fits ? undefined : "TTL_INVALID";
}

/** Bytes count, not characters: a payload in Cyrillic is full after 64. */
function textFault(params: Params): string | undefined {
  const sender = text(params, "sender_username");
  if (sender !== undefined && !/^@?[A-Za-z]\w{3,31}$/.test(sender)) return "SENDER_USERNAME_INVALID";
  if (Buffer.byteLength(text(params, "payload") ?? "") > MAX_PAYLOAD_BYTES) return "PAYLOAD_INVALID";
  return callbackAllowed(text(params, "callback_url")) ? undefined : "CALLBACK_URL_INVALID";
}

/** https; a twin also takes http to the loopback, where the service under test lives. */
function callbackAllowed(url: string | undefined): boolean {
  if (url === undefined || url === "") return true;
  if (Buffer.byteLength(url) > MAX_CALLBACK_BYTES || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return (
    protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname))
  );
}
