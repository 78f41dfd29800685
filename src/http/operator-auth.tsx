import type { Context } from "hono";
import type { Clock } from "../flows/ports.ts";
import { empty } from "./answer.ts";
import { bearerToken, slowedDown } from "./auth.ts";
import { readBody } from "./body.ts";
import { htmlPage } from "./layout.tsx";
import { createSessions } from "./operator-session.ts";
import { ApiError } from "./problem.ts";
import { sameSecret } from "../platform/secret.ts";
import { cameOverTls, type Source } from "./source.ts";
import type { Throttle } from "./throttle.ts";

export type OperatorAuthDeps = {
  clock: Pick<Clock, "now">;
  operatorToken: string;
  /** Where operators reach us; with https the cookie is bound to TLS. */
  operatorUrl: string | undefined;
  trustedProxies: readonly string[];
  source: Source;
  throttle: Throttle;
};

export type OperatorAuth = {
  /** A redirect to the login page for browsers, or undefined when the operator is known. @throws ApiError */
  guard: (c: Context) => Response | undefined;
  loginPage: () => Response;
  login: (c: Context) => Promise<Response>;
  logout: (c: Context) => Response;
};

/** A token and a name; nothing else is ever posted here. */
const FORM_MAX_BYTES = 4 * 1024;

/** One token for scripts (Bearer) and for browsers (form, then a session cookie). */
export function createOperatorAuth(deps: OperatorAuthDeps): OperatorAuth {
  const sessions = createSessions(deps.operatorToken, deps.clock);
  const checkToken = tokenCheck(deps);
  const cookieOf = (c: Context) => readCookie(c.req.header("cookie"), cookieName(c, deps));
  return {
    guard: (c) => {
      const token = bearerToken(c);
      if (token !== undefined) return checkToken(c, token) ? undefined : refuse();
      if (sessions.holds(cookieOf(c))) return ownPageOnly(c, deps);
      return wantsHtml(c) ? empty(303, { location: "/login" }) : refuse();
    },
    loginPage: () => loginForm(200),
    login: async (c) => {
      requireSameOrigin(c, deps);
      const form = new URLSearchParams(Buffer.from(await readBody(c.req.raw, FORM_MAX_BYTES)).toString());
      if (!checkToken(c, form.get("token") ?? "")) return loginForm(401, "This is not the operator token.");
      return empty(303, {
        location: "/",
        "set-cookie": setCookie(c, deps, sessions.open(), sessions.maxAgeSeconds),
      });
    },
    logout: (c) => {
      requireSameOrigin(c, deps);
      sessions.close(cookieOf(c));
      return empty(303, { location: "/login", "set-cookie": setCookie(c, deps, "", 0) });
    },
  };
}

/** The token may be one that a person thought up, so guesses are slowed before they are compared. */
function tokenCheck({ operatorToken, source, throttle }: OperatorAuthDeps) {
  return (c: Context, token: string): boolean => {
    const from = source(c);
    const waitMs = throttle.waitMs(from, token);
    if (waitMs > 0) throw slowedDown(waitMs);
    const right = sameSecret(token, operatorToken);
    if (right) throttle.succeeded(token);
    else throttle.failed(from);
    return right;
  };
}

function refuse(): never {
  throw new ApiError("unauthorized", "Send Authorization: Bearer with the operator token, or log in.", {
    headers: { "www-authenticate": 'Bearer realm="otpost operator"' },
  });
}

/** A person is led to the login page; a script wants a status that it can act on. */
function wantsHtml(c: Context): boolean {
  return c.req.method === "GET" && (c.req.header("accept") ?? "").includes("text/html");
}

/** A cookie travels with whatever another site makes the browser send, so changes need proof of the page. */
function ownPageOnly(c: Context, deps: OperatorAuthDeps): undefined {
  if (c.req.method !== "GET" && c.req.method !== "HEAD") requireSameOrigin(c, deps);
}

/** Source: OWASP CSRF cheat sheet, fetch metadata with Origin as the fallback. */
function requireSameOrigin(c: Context, { operatorUrl }: OperatorAuthDeps): void {
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

function isSecure(c: Context, { operatorUrl, trustedProxies }: OperatorAuthDeps): boolean {
  const direct = c.req.url.startsWith("https:") || operatorUrl?.startsWith("https:") === true;
  return direct || cameOverTls(c, trustedProxies);
}

/** The prefix makes browsers insist on Secure, no Domain and Path=/. Plain http on loopback cannot have it. */
function cookieName(c: Context, deps: OperatorAuthDeps): string {
  return isSecure(c, deps) ? "__Host-otpost" : "otpost";
}

function setCookie(c: Context, deps: OperatorAuthDeps, value: string, maxAgeSeconds: number): string {
  const secure = isSecure(c, deps) ? "; Secure" : "";
  return `${cookieName(c, deps)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure}`;
}

/** Browsers put the cookie with the longest path first; ours has `/`, and of equal ones the first counts. */
function readCookie(header: string | undefined, name: string): string | undefined {
  const pair = header?.split(/; */).find((p) => p.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

/** The field is a password field so that managers keep it and shoulders do not read it. */
function loginForm(status: number, wrong?: string): Response {
  return htmlPage(
    status,
    "otpost: log in",
    <>
      <h1>otpost</h1>
      <form method="post" action="/login">
        {wrong === undefined ? null : (
          <p class="wrong" role="alert">
            {wrong}
          </p>
        )}
        <label for="token">Operator token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus />
        <button type="submit">Log in</button>
      </form>
    </>,
  );
}
