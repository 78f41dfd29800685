import type { Context } from "hono";
import { BREAK_GLASS, type NewAuditEntry } from "../core/operator.ts";
import type { SignedOn, SignOn } from "../flows/operator-port.ts";
import { empty } from "./answer.ts";
import { ownPath, readForm } from "./console/form.ts";
import { page } from "./console/page.tsx";
import { fault } from "./console/parts.tsx";
import { readerOf } from "./console/reader.ts";
import { loginTexts } from "./console/texts/login.ts";
import type { OperatorCookies } from "./operator-cookies.ts";
import type { Identity, IdentityDeps } from "./operator-identity.ts";
import type { Session, Sessions } from "./operator-session.ts";
import type { Route } from "./route.ts";
import { requireSameOrigin } from "./same-origin.ts";

export type LoginDeps = Pick<IdentityDeps, "onBreakGlass" | "source"> & {
  identity: Identity;
  sessions: Sessions;
  cookies: OperatorCookies;
  operatorUrl: string | undefined;
  /** Absent where no identity provider is configured. */
  signOn: SignOn | undefined;
  audit: (entry: NewAuditEntry) => Promise<void>;
};

export type Login = Record<"loginPage" | "login" | "logout" | "signOn" | "signedOn", Route["handle"]>;

/** Coming in and leaving: by token, by an identity provider, and by the break-glass token. */
export function createLogin(deps: LoginDeps): Login {
  return {
    loginPage: (c) => loginPage(c, deps, { status: 200, wanted: ownPath(c.req.query("to")) }),
    login: (c) => byToken(c, deps),
    signOn: (c) => beginSignOn(c, deps),
    signedOn: (c) => endSignOn(c, deps),
    logout: async (c) => {
      requireSameOrigin(c, deps.operatorUrl);
      const cookie = deps.cookies.read(c, "otpost");
      const session = deps.sessions.read(cookie);
      deps.sessions.close(cookie);
      if (session) await deps.audit({ who: session.name, role: session.role, action: "operator.logout" });
      return empty(303, { location: "/login", "set-cookie": deps.cookies.write(c, "otpost", "", 0) });
    },
  };
}

async function byToken(c: Context, deps: LoginDeps): Promise<Response> {
  requireSameOrigin(c, deps.operatorUrl);
  const form = await readForm(c);
  const wanted = ownPath(form.get("to"));
  const session = await deps.identity.ofToken(c, form.get("token")?.trim() ?? "");
  if (!session) {
    const { wrong } = loginTexts[readerOf(c).language];
    return loginPage(c, deps, { status: 401, wanted, wrong });
  }
  await noteLogin(c, deps, session);
  return empty(303, { location: wanted, "set-cookie": sessionCookie(c, deps, session) });
}

function sessionCookie(c: Context, { cookies, sessions }: LoginDeps, session: Session): string {
  return cookies.write(c, "otpost", sessions.open(session), sessions.maxAgeSeconds);
}

async function noteLogin(c: Context, deps: LoginDeps, { name, role, via }: Session): Promise<void> {
  const from = deps.source(c);
  if (name === BREAK_GLASS && via === "break-glass") deps.onBreakGlass({ how: "login", from });
  await deps.audit({ who: name, role, action: "operator.login", detail: { via, from } });
}

/** By a link, not a form: a form that is answered by an address of another site is stopped by our own policy. */
async function beginSignOn(c: Context, deps: LoginDeps): Promise<Response> {
  const wanted = ownPath(c.req.query("to"));
  const begun = await deps.signOn?.begin();
  if (!begun) return failed(c, deps, { kind: "away" }, wanted);
  const { cookies, sessions } = deps;
  const ticket = sessions.begin(begun.pending, wanted);
  const cookie = cookies.write(c, "otpost-sign-on", ticket, sessions.pendingSeconds);
  return empty(303, { location: begun.url, "set-cookie": cookie });
}

async function endSignOn(c: Context, deps: LoginDeps): Promise<Response> {
  const { cookies, sessions, signOn } = deps;
  const pending = sessions.pending(cookies.read(c, "otpost-sign-on"));
  if (!pending || !signOn) return failed(c, deps, { kind: "refused", why: "state" }, "/");
  const { wanted, ...begun } = pending;
  const result = await signOn.finish(new URL(c.req.url).search, begun);
  if (result.kind !== "known") return failed(c, deps, result, wanted);
  const session: Session = { name: result.name, role: result.role, via: "oidc" };
  await noteLogin(c, deps, session);
  return arrived(c, sessionCookie(c, deps, session), wanted);
}

/**
 * A page and no redirect: the browser is still on its way from another site and would leave the new cookie, which
 * is for our own pages only, out of the next request.
 */
function arrived(c: Context, cookie: string, wanted: string): Response {
  const words = loginTexts[readerOf(c).language];
  return page(
    c,
    { title: words.loggedIn, goesOnTo: wanted, headers: { "set-cookie": cookie } },
    <p>
      <a href={wanted}>{words.goesOn}</a>
    </p>,
  );
}

type Failed = Exclude<SignedOn, { kind: "known" }>;

function failed(c: Context, deps: LoginDeps, result: Failed, wanted: string): Response {
  const wrong = failedWords(c, result);
  const status = result.kind === "away" ? 503 : 403;
  const headers = { "set-cookie": deps.cookies.write(c, "otpost-sign-on", "", 0) };
  return loginPage(c, deps, { status, wanted, wrong, headers });
}

function failedWords(c: Context, result: Failed): string {
  const words = loginTexts[readerOf(c).language];
  switch (result.kind) {
    case "away":
      return words.awayProvider;
    case "no_role":
      return words.noRole(result.name);
    case "refused":
      return { denied: words.denied, state: words.again, invalid: words.invalid }[result.why];
  }
}

type Shown = { status: number; wanted: string; wrong?: string; headers?: Record<string, string> };

/** The token's field is a password field so that managers keep it and shoulders do not read it. */
function loginPage(c: Context, { signOn }: LoginDeps, { status, wanted, wrong, headers }: Shown): Response {
  const words = loginTexts[readerOf(c).language];
  const to = wanted === "/" ? "" : `?to=${encodeURIComponent(wanted)}`;
  return page(
    c,
    { title: words.title, status, ...(headers ? { headers } : {}) },
    <article class="login">
      {wrong === undefined ? null : fault(wrong)}
      {signOn ? (
        <section>
          <a role="button" href={`/login/sso${to}`}>
            {words.signOn}
          </a>
          <p class="soft">{words.signOnHint}</p>
          <h2>{words.withToken}</h2>
        </section>
      ) : null}
      <form method="post" action="/login">
        <input type="hidden" name="to" value={wanted} />
        <label for="token">{words.token}</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          aria-describedby="token-hint"
          required
          autofocus={!signOn}
        />
        <p id="token-hint" class="soft">
          {words.tokenHint}
        </p>
        <button type="submit">{words.logIn}</button>
      </form>
    </article>,
  );
}
