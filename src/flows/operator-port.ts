import type { Role } from "../core/operator.ts";

/** What the operator listener asks of those who know operators. */

export type OperatorTokens = {
  /** @returns undefined for an unknown name, a wrong secret and a token that is over @throws StoreUnavailable */
  authenticate: (name: string, secret: string) => Promise<KnownToken | undefined>;
  /** What a token that was shown earlier may do now; undefined once it is revoked or over. @throws StoreUnavailable */
  roleOf: (name: string, tokenId: string) => Promise<Role | undefined>;
};

/** `tokenId` names the token without giving it away: a session holds only as long as its token does. */
export type KnownToken = { role: Role; tokenId: string };

/** A login at an identity provider that has begun. Secret until it is over, apart from `state`. */
export type PendingSignOn = { state: string; nonce: string; verifier: string };

export type SignedOn =
  | { kind: "known"; name: string; role: Role }
  /** The provider knows the person, and nothing gives her a role here. */
  | { kind: "no_role"; name: string }
  /** `denied`: the provider said no. `invalid`: what it sent cannot be trusted. */
  | { kind: "refused"; why: "denied" | "state" | "invalid" }
  | { kind: "away" };

/** Single sign-on. Nothing throws for what a provider does. */
export type SignOn = {
  /** @returns undefined while the provider cannot be reached */
  begin: () => Promise<{ url: string; pending: PendingSignOn } | undefined>;
  /** @param query of the address that the provider sent the browser back to, with its `?` */
  finish: (query: string, pending: PendingSignOn) => Promise<SignedOn>;
};
