import type { Context } from "hono";
import { ApiError } from "./problem.ts";

/**
 * A cookie travels with whatever another site makes the browser send, so changes need proof of the page.
 * Source: OWASP CSRF cheat sheet, fetch metadata with Origin as the fallback.
 * @throws ApiError forbidden_origin
 */
export function requireSameOrigin(c: Context, operatorUrl: string | undefined): void {
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  const own = new URL(operatorUrl ?? c.req.url).host;
  const same = site === undefined ? isOrigin(origin, own, c.req.header("host")) : site === "same-origin";
  if (!same) throw new ApiError("forbidden_origin", "This form can only be sent from its own page.");
}

/** `null`, which sandboxed frames send, is no address and so never ours. */
function isOrigin(origin: string | undefined, ...hosts: (string | undefined)[]): boolean {
  return origin !== undefined && URL.canParse(origin) && hosts.includes(new URL(origin).host);
}
