import { exchange, type WireAnswer } from "./wire.ts";

/** How Nextcloud writes a request: Guzzle over curl, with PHP's own encodings. */

export type Request = {
  method: "GET" | "POST";
  path: string;
  headers?: Record<string, string>;
  body?: string;
  userInfo?: string;
};

/** Guzzle over curl as Nextcloud sets it up: host first, user information as Basic. */
function bytesOf(port: number, { method, path, headers = {}, body, userInfo }: Request): Buffer {
  const basic = userInfo && { Authorization: `Basic ${Buffer.from(userInfo).toString("base64")}` };
  const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const all = {
    Host: `127.0.0.1:${port}`,
    ...basic,
    "User-Agent": "Nextcloud-Server-Crawler/33.0.0",
    "Accept-Encoding": "gzip",
    ...headers,
    ...length,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body ?? ""}`);
}

export const call = (port: number, request: Request): Promise<WireAnswer> =>
  exchange(port, bytesOf(port, request));

/** PHP's rawurlencode, by which Guzzle writes a query. */
function rawurlencode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function phpQuery(pairs: Record<string, string>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${rawurlencode(name)}=${rawurlencode(value)}`)
    .join("&");
}

export function phpForm(pairs: Record<string, string>): string {
  return phpQuery(pairs).replaceAll("%20", "+");
}

/** PHP's json_encode: slashes escaped, everything outside ASCII as \u. */
export function phpJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("/", "\\/")
    .replaceAll(/[\u0080-\uFFFF]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** An identifier joined to a path as it is; Guzzle then encodes only what no path may hold. */
export function phpPath(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu, (c) => encodeURIComponent(c));
}

export const JSON_BODY = { "Content-Type": "application/json" };
export const FORM_BODY = { "Content-Type": "application/x-www-form-urlencoded" };

export function parse(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
