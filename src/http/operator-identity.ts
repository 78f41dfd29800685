import type { Context } from "hono";
import { BREAK_GLASS, type Operator } from "../core/operator.ts";
import type { OperatorTokens } from "../flows/operator-port.ts";
import { sameSecret } from "../platform/secret.ts";
import { bearerToken, parseKey, slowedDown } from "./auth.ts";
import type { OperatorCookies } from "./operator-cookies.ts";
import type { Session, Sessions } from "./operator-session.ts";
import type { Source } from "./source.ts";
import type { Throttle } from "./throttle.ts";

export type IdentityDeps = {
  operatorToken: string;
  tokens: OperatorTokens;
  sessions: Sessions;
  cookies: OperatorCookies;
  source: Source;
  throttle: Throttle;
  /** OPERATOR_TOKEN was used. `bearer`: by a tool; scrapes of /metrics are left out. */
  onBreakGlass: (use: { how: "login" | "bearer"; from: string }) => void;
};

/** A request's operator, and whether its browser would also send what other sites make it send. */
export type Identified = { operator: Operator; byCookie: boolean };

export type Identity = {
  /**
   * @returns undefined for nobody, and for a token or session that does not hold
   * @throws ApiError too_many_failures, StoreUnavailable for who cannot be known while Redis is away
   */
  of: (c: Context) => Promise<Identified | undefined>;
  /** What the token that somebody typed in opens; a wrong one is counted. @throws as above */
  ofToken: (c: Context, token: string) => Promise<Session | undefined>;
};

export function createIdentity(deps: IdentityDeps): Identity {
  const ofToken: Identity["ofToken"] = async (c, token) => {
    const from = deps.source(c);
    // A token may be one that a person thought up, so guesses are slowed before they are compared.
    const waitMs = deps.throttle.waitMs(from, token);
    if (waitMs > 0) throw slowedDown(waitMs);
    const session = await sessionOf(deps, token);
    if (session) deps.throttle.succeeded(token);
    else deps.throttle.failed(from);
    return session;
  };
  return {
    ofToken,
    of: async (c) => {
      const token = bearerToken(c);
      if (token === undefined) return ofCookie(deps, c);
      const operator = await ofToken(c, token);
      if (operator?.via === "break-glass" && c.req.path !== "/metrics") {
        deps.onBreakGlass({ how: "bearer", from: deps.source(c) });
      }
      return operator && { operator: bare(operator), byCookie: false };
    },
  };
}

/** OPERATOR_TOKEN first, for it must work while Redis cannot be asked for the others. */
async function sessionOf(
  { operatorToken, tokens }: IdentityDeps,
  token: string,
): Promise<Session | undefined> {
  if (sameSecret(token, operatorToken)) return { name: BREAK_GLASS, role: "admin", via: "break-glass" };
  const key = parseKey(token);
  const known = key && (await tokens.authenticate(key.clientId, key.secret));
  return known && { name: key.clientId, via: "token", ...known };
}

/** What the token may do now counts, not what it could when the session began. */
async function ofCookie(deps: IdentityDeps, c: Context): Promise<Identified | undefined> {
  const session = deps.sessions.read(deps.cookies.read(c, "otpost"));
  if (!session) return undefined;
  if (session.via !== "token") return { operator: bare(session), byCookie: true };
  const role = await deps.tokens.roleOf(session.name, session.tokenId ?? "");
  return role && { operator: bare({ ...session, role }), byCookie: true };
}

function bare({ name, role, via }: Session): Operator {
  return { name, role, via };
}
