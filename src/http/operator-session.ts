import { createHash, createHmac, randomBytes } from "node:crypto";
import { z } from "zod";
import { type Operator, ROLES } from "../core/operator.ts";
import type { PendingSignOn } from "../flows/operator-port.ts";
import type { Clock } from "../flows/ports.ts";
import { sameSecret } from "../platform/secret.ts";

/** A working day; after that the operator logs in again. */
const SESSION_MS = 12 * 60 * 60_000;
/** Time for a login at the identity provider, a second factor included. */
const PENDING_MS = 10 * 60_000;
/** Logged-out sessions remembered until they would have ended by themselves. */
const REVOKED_MAX = 1_000;

export type Session = Operator & {
  /** The token that opened it: the session holds only as long as that does. */
  tokenId?: string | undefined;
};

export type Sessions = {
  /** A new session as the value of a cookie. */
  open: (session: Session) => string;
  /** @returns undefined for what is not ours, over, or logged out */
  read: (cookie: string | undefined) => Session | undefined;
  close: (cookie: string | undefined) => void;
  /** A login that goes on at the identity provider, with the page that was wanted. */
  begin: (pending: PendingSignOn, wanted: string) => string;
  pending: (cookie: string | undefined) => (PendingSignOn & { wanted: string }) | undefined;
  maxAgeSeconds: number;
  pendingSeconds: number;
};

const sessionSchema = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  via: z.enum(["token", "oidc", "break-glass"]),
  tokenId: z.string().optional(),
  nonce: z.string(),
  endsAt: z.number(),
});

const pendingSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  wanted: z.string(),
  endsAt: z.number(),
});

/**
 * Sessions without a store: `<JSON>.<HMAC>`, keyed by the operator's token, so that a changed token ends every
 * session at once and a second process honours the sessions of the first.
 */
export function createSessions(operatorToken: string, clock: Pick<Clock, "now">): Sessions {
  const [session, pending] = [
    createTicket(sessionSchema, "session", operatorToken, clock),
    createTicket(pendingSchema, "sign-on", operatorToken, clock),
  ];
  const revoked = new Set<string>();
  const read = (cookie: string | undefined) => {
    const found = session.read(cookie);
    return found && !revoked.has(found.nonce) ? found : undefined;
  };
  return {
    open: ({ name, role, via, tokenId }) => {
      const nonce = randomBytes(16).toString("base64url");
      return session.write({ name, role, via, tokenId, nonce, endsAt: clock.now() + SESSION_MS });
    },
    read,
    close: (cookie) => {
      // Only genuine sessions are remembered, or anybody could fill this.
      const found = read(cookie);
      if (found) revoke(revoked, found.nonce);
    },
    begin: (started, wanted) => pending.write({ ...started, wanted, endsAt: clock.now() + PENDING_MS }),
    pending: pending.read,
    maxAgeSeconds: SESSION_MS / 1_000,
    pendingSeconds: PENDING_MS / 1_000,
  };
}

function revoke(revoked: Set<string>, nonce: string): void {
  revoked.add(nonce);
  const [oldest] = revoked;
  if (revoked.size > REVOKED_MAX && oldest !== undefined) revoked.delete(oldest);
}

/** Signed, not sealed: it goes to the browser that it is about. One use's ticket is worth nothing for another. */
function createTicket<T extends { endsAt: number }>(
  schema: z.ZodType<T>,
  use: string,
  secret: string,
  clock: Pick<Clock, "now">,
) {
  const key = createHash("sha256").update(`otpost operator ${use} ${secret}`).digest();
  const sign = (body: string): string => createHmac("sha256", key).update(body).digest("base64url");
  return {
    write: (value: T): string => {
      const body = Buffer.from(JSON.stringify(value)).toString("base64url");
      return `${body}.${sign(body)}`;
    },
    read: (ticket: string | undefined): T | undefined => {
      const [body, signature] = ticket?.split(".") ?? [];
      if (!body || !signature || !sameSecret(signature, sign(body))) return undefined;
      const value = schema.safeParse(JSON.parse(Buffer.from(body, "base64url").toString())).data;
      return value && value.endsAt > clock.now() ? value : undefined;
    },
  };
}
