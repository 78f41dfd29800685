import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../flows/ports.ts";
import { sameSecret } from "../platform/secret.ts";

/** A working day; after that the operator shows the token again. */
const SESSION_MS = 12 * 60 * 60_000;
/** Logged-out sessions remembered until they would have ended by themselves. */
const REVOKED_MAX = 1_000;

export type Sessions = {
  /** A new session as the value of a cookie. */
  open: () => string;
  holds: (cookie: string | undefined) => boolean;
  close: (cookie: string | undefined) => void;
  maxAgeSeconds: number;
};

/**
 * Sessions without a store: `<end>.<random>.<HMAC>`, keyed by the operator's token, so that a changed token
 * ends every session at once and a second process honours the sessions of the first.
 */
export function createSessions(operatorToken: string, clock: Pick<Clock, "now">): Sessions {
  const key = createHash("sha256").update(`otpost operator session ${operatorToken}`).digest();
  const sign = (body: string): string => createHmac("sha256", key).update(body).digest("base64url");
  const revoked = new Set<string>();
  const holds = (cookie: string | undefined): boolean => {
    const [endsAt, nonce, signature] = cookie?.split(".") ?? [];
    if (!endsAt || !nonce || !signature) return false;
    const genuine = sameSecret(signature, sign(`${endsAt}.${nonce}`));
    return genuine && Number(endsAt) > clock.now() && !revoked.has(nonce);
  };
  return {
    open: () => {
      const body = `${clock.now() + SESSION_MS}.${randomBytes(16).toString("base64url")}`;
      return `${body}.${sign(body)}`;
    },
    holds,
    close: (cookie) => {
      const nonce = cookie?.split(".")[1];
      // Only genuine sessions are remembered, or anybody could fill this.
      if (nonce === undefined || !holds(cookie)) return;
      revoked.add(nonce);
      const [oldest] = revoked;
      if (revoked.size > REVOKED_MAX && oldest !== undefined) revoked.delete(oldest);
    },
    maxAgeSeconds: SESSION_MS / 1000,
  };
}
