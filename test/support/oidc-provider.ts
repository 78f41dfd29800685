import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const CLIENT_ID = "otpost";
export const CLIENT_SECRET = "s3cret+of:the-client";

type Grant = { nonce: string; challenge: string; redirectUri: string };

/** What the provider does wrong; nothing at first. */
export type Faults = {
  /** Claims that take the place of the right ones in the id token. */
  claims?: Record<string, unknown>;
  userInfo?: Record<string, unknown>;
  /** Another key than the published one signs. */
  forged?: boolean;
  state?: string;
  /** Sends the browser back with this error. */
  denies?: string;
};

/**
 * A small OpenID provider of our own, over HTTP: everybody is logged in at once, without a page. It checks what a
 * client owes: redirect address, secret, PKCE, and each code only once.
 */
export async function startOidcProvider(port = 0) {
  const [key, otherKey] = [keyPair(), keyPair()];
  const grants = new Map<string, Grant>();
  const seen: string[] = [];
  let faults: Faults = {};
  let person: Record<string, unknown> = { sub: "p-1", preferred_username: "kim", groups: ["support"] };
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${new URL(request.url ?? "/", "http://x").pathname}`);
    void answer(request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", issuer);
    if (url.pathname === "/.well-known/openid-configuration") return json(response, 200, metadata(issuer));
    if (url.pathname === "/keys")
      return json(response, 200, { keys: [{ ...key.jwk, kid: "1", alg: "RS256" }] });
    if (url.pathname === "/authorize") return authorize(url.searchParams, response);
    if (url.pathname === "/token") return token(request, await bodyOf(request), response);
    if (url.pathname === "/userinfo") return json(response, 200, { sub: person["sub"], ...faults.userInfo });
    response.writeHead(404).end();
  };

  const authorize = (query: URLSearchParams, response: ServerResponse): void => {
    const redirectUri = query.get("redirect_uri") ?? "";
    const back = new URL(redirectUri);
    const isWhole = query.get("client_id") === CLIENT_ID && query.get("code_challenge_method") === "S256";
    if (!isWhole || query.get("response_type") !== "code") return void response.writeHead(400).end();
    back.searchParams.set("state", faults.state ?? query.get("state") ?? "");
    if (faults.denies) back.searchParams.set("error", faults.denies);
    else {
      const code = randomBytes(12).toString("hex");
      const [nonce, challenge] = [query.get("nonce") ?? "", query.get("code_challenge") ?? ""];
      grants.set(code, { nonce, challenge, redirectUri });
      back.searchParams.set("code", code);
    }
    back.searchParams.set("iss", issuer);
    response.writeHead(303, { location: back.href }).end();
  };

  const token = (request: IncomingMessage, form: URLSearchParams, response: ServerResponse): void => {
    const grant = grants.get(form.get("code") ?? "");
    grants.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (!knowsSecret(request, form)) return json(response, 401, { error: "invalid_client" });
    const fits = grant && grant.challenge === challenge && grant.redirectUri === form.get("redirect_uri");
    if (!fits) return json(response, 400, { error: "invalid_grant" });
    const now = Math.floor(Date.now() / 1_000);
    const standard = { iss: issuer, aud: CLIENT_ID, iat: now, exp: now + 300, nonce: grant.nonce };
    const claims = { ...standard, ...person, ...faults.claims };
    const signer = faults.forged ? otherKey : key;
    json(response, 200, {
      access_token: "at",
      token_type: "Bearer",
      expires_in: 300,
      id_token: jwt(claims, signer),
    });
  };

  return {
    issuer,
    port: Number(new URL(issuer).port),
    /** `METHOD path` of every call. */
    seen,
    /** Whoever logs in next. */
    become: (claims: Record<string, unknown>) => void (person = { sub: "p-1", ...claims }),
    spoil: (next: Faults) => void (faults = next),
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export type OidcProvider = Awaited<ReturnType<typeof startOidcProvider>>;

function keyPair() {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return { jwk: publicKey.export({ format: "jwk" }), privateKey };
}

function metadata(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    userinfo_endpoint: `${issuer}/userinfo`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
  };
}

function jwt(claims: object, { privateKey }: ReturnType<typeof keyPair>): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${part({ alg: "RS256", kid: "1" })}.${part(claims)}`;
  return `${body}.${sign("sha256", Buffer.from(body), privateKey).toString("base64url")}`;
}

/** In the form or as Basic, as the client likes. */
function knowsSecret(request: IncomingMessage, form: URLSearchParams): boolean {
  const basic = Buffer.from(request.headers.authorization?.slice(6) ?? "", "base64").toString();
  const secret = basic === "" ? form.get("client_secret") : basic.slice(basic.indexOf(":") + 1);
  return basic === "" ? secret === CLIENT_SECRET : decodeURIComponent(secret ?? "") === CLIENT_SECRET;
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
