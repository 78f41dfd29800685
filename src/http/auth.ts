import type { Context } from "hono";
import type { Client, Clients } from "../flows/ports.ts";
import type { Signers, SigningScheme } from "../flows/signer-port.ts";
import type { Budget } from "./budget.ts";
import { ApiError } from "./problem.ts";
import type { Source } from "./source.ts";
import type { Throttle } from "./throttle.ts";

/** A key as it came in: `<client id>.<secret>` in the native API, two parameters elsewhere. */
export type Credentials = { clientId: string; secret: string };

/** A request that proves its client by a signature instead of a key, so that its address holds no secret. */
export type Signature = {
  clientId: string;
  scheme: SigningScheme;
  /** Whether it is this key's, at this instant, epoch ms. Must take as long for a wrong key as for a right one. */
  holds: (key: string, now: number) => boolean;
};

export type ClientAuth = {
  /** @throws ApiError unauthorized or too_many_failures, StoreUnavailable */
  bearer: (c: Context, budget: Budget) => Promise<Client>;
  check: (c: Context, credentials: Credentials | undefined, budget: Budget) => Promise<Client>;
  signed: (c: Context, signature: Signature, now: number, budget: Budget) => Promise<Client>;
};

/** `source` and `throttle` are shared by all front ends of a listener, so that nobody gets a second set of tries. */
export type ClientAuthDeps = { clients: Clients; signers: Signers; source: Source; throttle: Throttle };

export function createClientAuth(deps: ClientAuthDeps): ClientAuth {
  const check: ClientAuth["check"] = async (c, credentials, budget) => {
    const source = deps.source(c);
    const key = credentials ? `${credentials.clientId}.${credentials.secret}` : "";
    const waitMs = deps.throttle.waitMs(source, key);
    if (waitMs > 0) throw slowedDown(waitMs);
    const client =
      credentials &&
      (await budget.spend(deps.clients.authenticate(credentials.clientId, credentials.secret)));
    if (client) {
      deps.throttle.succeeded(key);
      return client;
    }
    deps.throttle.failed(source);
    throw unauthorized();
  };
  return {
    check,
    bearer: (c, budget) => check(c, parseKey(bearerToken(c)), budget),
    signed: (c, signature, now, budget) => signed(deps, c, signature, now, budget),
  };
}

/** Stands for the keys of a client that has none, so that it costs a signature as well. */
const NO_KEYS = ["whsec_bm9ib2R5IHNpZ25zIHdpdGggdGhpcyBvbmU="];

/**
 * A good signature is never slowed down: it cannot be guessed, and behind one proxy everybody has the same
 * address. Only failures are counted.
 */
async function signed(
  deps: ClientAuthDeps,
  c: Context,
  { clientId, scheme, holds }: Signature,
  now: number,
  budget: Budget,
): Promise<Client> {
  const found = CLIENT_ID.test(clientId)
    ? await budget.spend(deps.signers.find(clientId, scheme))
    : undefined;
  const keys = found && found.keys.length > 0 ? found.keys : NO_KEYS;
  const isHeld = keys.filter((key) => holds(key, now)).length > 0;
  if (found && isHeld && keys !== NO_KEYS) return found.client;
  const source = deps.source(c);
  const waitMs = deps.throttle.waitMs(source, "");
  if (waitMs > 0) throw slowedDown(waitMs);
  deps.throttle.failed(source);
  throw unauthorized();
}

const CLIENT_ID = /^[A-Za-z0-9_-]{1,64}$/;

export function slowedDown(waitMs: number): ApiError {
  const detail = "Too many wrong keys came from this address; wait and send the right one.";
  return new ApiError("too_many_failures", detail, { retryAfterMs: waitMs });
}

/** The same words for an unknown client and a wrong secret: which ids exist is nobody's business. */
function unauthorized(): ApiError {
  return new ApiError("unauthorized", "Send Authorization: Bearer with a key of a client.", {
    headers: { "www-authenticate": 'Bearer realm="otpost"' },
  });
}

/** Bounded before anything looks at it. */
export function bearerToken(c: Context): string | undefined {
  const header = c.req.header("authorization");
  return header === undefined ? undefined : /^Bearer +(\S{1,300})$/i.exec(header)?.[1];
}

/** The id has no dot, so the first one ends it; the secret may hold any visible ASCII. */
const KEY = /^([A-Za-z0-9_-]{1,64})\.([!-~]{1,200})$/;

export function parseKey(key: string | undefined): Credentials | undefined {
  const match = key === undefined ? undefined : KEY.exec(key);
  return match?.[1] && match[2] ? { clientId: match[1], secret: match[2] } : undefined;
}

/** Front ends with user and password: the password may be the secret or the whole key. */
export function userAndPassword(user: string, password: string): Credentials | undefined {
  return parseKey(password.startsWith(`${user}.`) ? password : `${user}.${password}`);
}
