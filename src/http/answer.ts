/** Answers with the headers that every one of ours carries. */

/**
 * No answer of the API may be kept, framed, sniffed or leak its address.
 * Source: OWASP REST Security cheat sheet, security headers.
 */
const API_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

export type Headers = Record<string, string>;

/** Plain string and plain headers: the server then writes them without building a web Response. */
export function json(status: number, body: unknown, headers?: Headers): Response {
  return raw(status, JSON.stringify(body), "application/json", headers);
}

export function text(status: number, body: string, headers?: Headers): Response {
  return raw(status, body, "text/plain; charset=utf-8", headers);
}

export function raw(status: number, body: string, contentType: string, headers?: Headers): Response {
  return new Response(body, {
    status,
    headers: { ...API_HEADERS, "content-type": contentType, ...headers },
  });
}

export function empty(status: number, headers?: Headers): Response {
  return new Response(null, { status, headers: { ...API_HEADERS, ...headers } });
}

/** A page of ours: its own style sheet by hash, forms to itself, nothing from anywhere else. */
export function page(status: number, html: string, styleHash: string, headers?: Headers): Response {
  return raw(status, html, "text/html; charset=utf-8", {
    "content-security-policy": [
      "default-src 'none'",
      `style-src '${styleHash}'`,
      "img-src data:",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    ...headers,
  });
}

/** Every answer that a delivery is in says when twins serve and nothing leaves the house. */
export function sandboxMark({ sandbox }: { sandbox: boolean }): { sandbox?: true } {
  return sandbox ? { sandbox: true } : {};
}
