import * as oidc from "openid-client";
import { fetch as undiciFetch, ProxyAgent } from "undici";
import type { PendingSignOn, SignedOn, SignOn } from "../flows/operator-port.ts";
import { nameIn, roleIn, type RoleRules } from "./claims.ts";

/**
 * Single sign-on by OpenID Connect: authorization code with PKCE, state and nonce. Source: OpenID Connect Core
 * 1.0, 3.1; RFC 9700 (OAuth security). openid-client checks issuer, audience, nonce, times and signature.
 */

export type OidcSettings = RoleRules & {
  issuer: string;
  clientId: string;
  /** Undefined for a public client, which PKCE alone protects. */
  clientSecret: string | undefined;
  scope: string;
  /** Where the provider sends browsers back to. */
  redirectUri: string;
  proxy: string | undefined;
};

/** Each call to the provider: somebody waits in front of a browser. */
const CALL_S = 5;
/** Addresses and keys of the provider may change; keys that are not known are fetched at once anyhow. */
const KNOWN_MS = 60 * 60_000;

type Known = { config: oidc.Configuration; at: number };

/** The provider is asked for its addresses at the first login, so otpost starts without it. */
export function createOidcSignOn(settings: OidcSettings, elapsed: () => number): SignOn {
  let known: Known | undefined;
  const configuration = async () => {
    if (known && elapsed() - known.at < KNOWN_MS) return known.config;
    const config = await discovered(settings);
    known = { config, at: elapsed() };
    return config;
  };
  return {
    begin: async () => {
      try {
        return await begin(await configuration(), settings);
      } catch {
        return undefined;
      }
    },
    finish: async (query, pending) => {
      try {
        return await finish(await configuration(), settings, query, pending);
      } catch (error) {
        return outcomeOf(error);
      }
    },
  };
}

async function discovered(settings: OidcSettings): Promise<oidc.Configuration> {
  const { issuer, clientId, clientSecret, proxy } = settings;
  const isPlain = issuer.startsWith("http:");
  const authentication = clientSecret === undefined ? oidc.None() : undefined;
  return oidc.discovery(new URL(issuer), clientId, clientSecret, authentication, {
    // Only a provider on this very machine may be plain; the settings see to that.
    execute: isPlain
      ? [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks]
      : [oidc.enableNonRepudiationChecks],
    timeout: CALL_S,
    ...(proxy === undefined ? {} : { [oidc.customFetch]: throughProxy(proxy) }),
  });
}

function throughProxy(proxy: string): oidc.CustomFetch {
  const dispatcher = new ProxyAgent(proxy);
  return async (url, options) => {
    const init = { ...options, dispatcher } as unknown as Parameters<typeof undiciFetch>[1];
    return undiciFetch(url, init);
  };
}

async function begin(config: oidc.Configuration, { redirectUri, scope }: OidcSettings) {
  const pending: PendingSignOn = {
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    verifier: oidc.randomPKCECodeVerifier(),
  };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: "S256",
  });
  return { url: url.href, pending };
}

async function finish(
  config: oidc.Configuration,
  settings: OidcSettings,
  query: string,
  pending: PendingSignOn,
): Promise<SignedOn> {
  // The address that the provider was given: behind a proxy ours may look otherwise from here.
  const url = new URL(query, settings.redirectUri);
  if (url.searchParams.get("state") !== pending.state) return { kind: "refused", why: "state" };
  const tokens = await oidc.authorizationCodeGrant(config, url, {
    pkceCodeVerifier: pending.verifier,
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (!claims) return { kind: "refused", why: "invalid" };
  const name = nameIn(claims);
  const role =
    roleIn(claims, settings) ?? roleIn(await moreClaims(config, tokens.access_token, claims.sub), settings);
  return role ? { kind: "known", name, role } : { kind: "no_role", name };
}

/** Some providers tell groups there only. What cannot be had gives no role. */
async function moreClaims(config: oidc.Configuration, accessToken: string, subject: string): Promise<object> {
  if (config.serverMetadata().userinfo_endpoint === undefined) return {};
  return oidc.fetchUserInfo(config, accessToken, subject).catch(() => ({}));
}

/** The provider's "no", an answer that does not hold, or none. */
function outcomeOf(error: unknown): SignedOn {
  if (error instanceof oidc.AuthorizationResponseError) return { kind: "refused", why: "denied" };
  if (error instanceof oidc.ResponseBodyError) return { kind: "refused", why: "invalid" };
  return isAway(error) ? { kind: "away" } : { kind: "refused", why: "invalid" };
}

function isAway(error: unknown): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if (
      /^(TimeoutError|AbortError)$/.test(e.name) ||
      /fetch failed|ECONN|ENOTFOUND|EAI_AGAIN/.test(e.message)
    )
      return true;
  }
  return false;
}
