import type { Context } from "hono";
import { parse } from "hono/utils/cookie";
import { cameOverTls } from "./source.ts";

export type CookieDeps = {
  /** Where operators reach us; with https cookies are bound to TLS. */
  operatorUrl: string | undefined;
  trustedProxies: readonly string[];
};

export type OperatorCookies = {
  read: (c: Context, name: CookieName) => string | undefined;
  /** The value of a `set-cookie` header; 0 seconds take the cookie away. */
  write: (c: Context, name: CookieName, value: string, maxAgeSeconds: number) => string;
};

/** The session, and a login that goes on elsewhere. */
export type CookieName = "otpost" | "otpost-sign-on";

/**
 * `Lax` for a login that goes on elsewhere: the browser comes back from another site with it. The session itself
 * never travels with what another site makes the browser send.
 */
const SAME_SITE: Record<CookieName, string> = { otpost: "Strict", "otpost-sign-on": "Lax" };

export function createOperatorCookies(deps: CookieDeps): OperatorCookies {
  /** The prefix makes browsers insist on Secure, no Domain and Path=/. Plain http on loopback cannot have it. */
  const fullName = (c: Context, name: CookieName) => (isSecure(c, deps) ? `__Host-${name}` : name);
  return {
    read: (c, name) => {
      const full = fullName(c, name);
      return parse(c.req.header("cookie") ?? "", full)[full];
    },
    write: (c, name, value, maxAgeSeconds) => {
      const secure = isSecure(c, deps) ? "; Secure" : "";
      const ends = `SameSite=${SAME_SITE[name]}; Max-Age=${maxAgeSeconds}${secure}`;
      return `${fullName(c, name)}=${value}; Path=/; HttpOnly; ${ends}`;
    },
  };
}

function isSecure(c: Context, { operatorUrl, trustedProxies }: CookieDeps): boolean {
  const direct = c.req.url.startsWith("https:") || operatorUrl?.startsWith("https:") === true;
  return direct || cameOverTls(c, trustedProxies);
}
