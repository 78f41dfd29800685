import { createHmac, randomUUID } from "node:crypto";
import { parse } from "./guzzle.ts";
import type { Target } from "./nextcloud.ts";
import { exchange, type WireAnswer } from "./wire.ts";

/**
 * Identity providers as they behave on the wire, written down from their sources: the bytes of their HTTP
 * libraries, what each takes for a success, and how long it waits.
 */

export type Verdict = "sent" | "refused" | "timed out";

export type Sender = {
  name: string;
  door: string;
  send: (target: Target, to: string, code: string) => Promise<Verdict>;
  /** The text that a person is sent. */
  says: (code: string) => string;
};

/** Keys that every sender below signs with, besides those of the target. */
export const SIGNING = {
  zitadel: "Zr4bQ0m1pV7dXw2sKj8uTn5yLc3eHg6a",
  zitadelNext: "pL9oKi8uJh7yGt6fRd5eSw4aQz3xCv2b",
  supabase: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
  supabaseNext: `whsec_${Buffer.alloc(40, 9).toString("base64")}`,
};

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

type Written = { method: string; path: string; headers: Record<string, string>; body?: string };

function post(target: Target, { method, path, headers, body = "" }: Written): Promise<WireAnswer> {
  const all = { Host: `127.0.0.1:${target.port}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return exchange(
    target.port,
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`),
  );
}

async function within(ms: number, verdict: () => Promise<Verdict>): Promise<Verdict> {
  const startedAt = performance.now();
  const reached = await verdict();
  return performance.now() - startedAt > ms ? "timed out" : reached;
}

/** Python's urllib.parse.quote_plus. */
const quotePlus = (text: string) =>
  encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
const pythonForm = (pairs: Record<string, string>) =>
  Object.entries(pairs)
    .map(([name, value]) => `${quotePlus(name)}=${quotePlus(value)}`)
    .join("&");
/** Python's json.dumps of a flat object: a space after each separator, ASCII only. */
const pythonJson = (pairs: Record<string, string>) =>
  `{${Object.entries(pairs)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(", ")}}`.replaceAll(
    /[\u0080-\uFFFF]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

const PYTHON = {
  "User-Agent": "python-requests/2.32.3",
  "Accept-Encoding": "gzip, deflate",
  Accept: "*/*",
  Connection: "keep-alive",
};

type Http = { method: "GET" | "POST"; json?: boolean; inUrl?: boolean };

const smstext = (code: string) => `Ihr Code für „Büro & Co.“: ${code} (100% sicher)`;

/** HttpSMSProvider: 200, 201 and 202 only, 3 s. */
function privacyidea(name: string, { method, json = false }: Http, text = smstext): Sender {
  return {
    name,
    door: "privacyidea",
    says: (code) => (text(code) === code ? `${code} is your verification code.` : text(code)),
    send: (target, to, code) =>
      within(3_000, async () => {
        const options = { to, text: text(code) };
        const authorization = { Authorization: basic(`${target.clientId}:${target.secret}`) };
        const body = json ? pythonJson(options) : pythonForm(options);
        const type = json ? "application/json" : "application/x-www-form-urlencoded";
        const { status } =
          method === "GET"
            ? await post(target, {
                method,
                path: `/compat/privacyidea?${pythonForm(options)}`,
                headers: { ...PYTHON, ...authorization },
              })
            : await post(target, {
                method,
                path: "/compat/privacyidea",
                headers: {
                  ...PYTHON,
                  "Content-Length": String(Buffer.byteLength(body)),
                  "Content-Type": type,
                  ...authorization,
                },
                body,
              });
        return [200, 201, 202].includes(status) ? "sent" : "refused";
      }),
  };
}

type Payload = (to: string, code: string) => Record<string, string>;

/** From 400 on it failed; the body is shown to the person, so one that names a number or a key is a fault. */
function authentik(name: string, isBearer: boolean, payload: Payload, says: Sender["says"]): Sender {
  return {
    name,
    door: "authentik",
    says,
    send: async (target, to, code) => {
      const { clientId, secret } = target;
      const body = pythonJson(payload(to, code));
      const { status, ...answer } = await post(target, {
        method: "POST",
        path: "/compat/authentik",
        headers: {
          ...PYTHON,
          "User-Agent": "authentik@2026.2.0",
          "Content-Length": String(Buffer.byteLength(body)),
          "Content-Type": "application/json",
          Authorization: isBearer ? `Bearer ${clientId}.${secret}` : basic(`${clientId}:${secret}`),
        },
        body,
      });
      if (status < 400) return "sent";
      const isSentence = /^[A-Z][^{}<>\n]*\.$/.test(answer.body) && !/\d{5}/.test(answer.body);
      if (!isSentence || answer.header("content-type") !== "text/plain; charset=utf-8") {
        throw new Error(`A person is shown ${answer.body}`);
      }
      return "refused";
    },
  };
}

const authentikText = (code: string) => `Use this code to authenticate in authentik: ${code}`;

/** Java's HttpClient offers HTTP/2 in every request without TLS. */
const JAVA = {
  Connection: "Upgrade, HTTP2-Settings",
  "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
  Upgrade: "h2c",
  "User-Agent": "Java-http-client/21.0.5",
};
const javaEncoded = (text: string) => quotePlus(text).replaceAll("%2A", "*").replaceAll("~", "%7E");
const keycloakText = (code: string) => `Ihr SMS-Code lautet ${code} und ist 5 Minuten gültig.`;

type KeycloakCall = (to: string, text: string, target: Target) => Omit<Written, "method">;

/** Any 2xx is "Sent SMS" in its log, anything else a line at level ERROR that no person sees. */
function keycloak(name: string, written: KeycloakCall): Sender {
  return {
    name: `Keycloak, ${name}`,
    door: "keycloak",
    says: keycloakText,
    send: async (target, to, code) => {
      const call = written(to, keycloakText(code), target);
      const length =
        call.body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(call.body)) };
      const { status } = await post(target, {
        method: call.body === undefined ? "GET" : "POST",
        ...call,
        headers: { ...JAVA, ...length, ...call.headers },
      });
      return status >= 200 && status < 300 ? "sent" : "refused";
    },
  };
}

/** Go's encoding/json: struct order, maps by name, and three characters escaped for HTML. */
const goJson = (value: unknown) =>
  JSON.stringify(value).replaceAll(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
const GO = { "User-Agent": "Go-http-client/1.1" };

const zitadelText = (code: string) =>
  `${code} is your one-time password for <id.example.org> & co. Use it within the next 5m0s.`;

export function zitadelBody(to: string, code: string): string {
  return goJson({
    contextInfo: {
      eventType: "session.otp.sms.challenged",
      provider: { id: "285181292935381355", description: "otpost" },
      recipientPhoneNumber: to,
    },
    templateData: {
      title: "Zitadel - Code",
      preHeader: "",
      subject: "",
      greeting: "Hello Anna,",
      text: `${zitadelText(code)}\n@id.example.org #${code}`,
      url: "",
      buttonText: "",
      primaryColor: "#5469d4",
      includeFooter: false,
    },
    args: {
      domain: "id.example.org",
      expiry: 300_000_000_000,
      oTP: code,
      origin: "https://id.example.org",
      loginNames: ["anna@example.org"],
      lastPhone: to,
      verifiedPhone: to,
    },
  });
}

export function zitadelSignature(body: string, at: number, ...keys: string[]): string {
  const parts = keys.map((key) => `v1=${createHmac("sha256", key).update(`${at}.${body}`).digest("hex")}`);
  return [`t=${at}`, ...parts].join(",");
}

/** Any 2xx, 5 s. */
function zitadel(name: string, written: (target: Target) => { path: string; keys: string[] }): Sender {
  return {
    name: `Zitadel, ${name}`,
    door: "zitadel",
    says: (code) => `${zitadelText(code)} @id.example.org #${code}`,
    send: (target, to, code) =>
      within(5_000, async () => {
        const { path, keys } = written(target);
        const body = zitadelBody(to, code);
        const at = Math.floor(Date.now() / 1_000);
        const { status } = await post(target, {
          method: "POST",
          path,
          headers: {
            ...GO,
            "Content-Length": String(Buffer.byteLength(body)),
            "Content-Type": "application/json",
            ...(keys.length === 0 ? {} : { "Zitadel-Signature": zitadelSignature(body, at, ...keys) }),
            "Accept-Encoding": "gzip",
          },
          body,
        });
        return status >= 200 && status < 300 ? "sent" : "refused";
      }),
  };
}

export function supabaseBody(to: string, otp: string, more: Record<string, unknown> = {}): string {
  const id = "6481a5c1-3d37-4a56-9f6a-bee08c554965";
  const at = "2024-05-13T11:52:48.157306Z";
  const phone = to.replace(/^\+/, "");
  return goJson({
    metadata: { uuid: randomUUID(), time: at, name: "send-sms", ip_address: "192.0.2.7" },
    user: {
      id,
      aud: "authenticated",
      role: "authenticated",
      email: "",
      phone,
      phone_confirmed_at: at,
      app_metadata: { provider: "phone", providers: ["phone"] },
      user_metadata: { a: { b: { c: { d: { e: { f: ["deep"] } } } } }, about: "x".repeat(20_000) },
      identities: [
        { identity_id: id, id, user_id: id, identity_data: { phone, sub: id }, provider: "phone" },
      ],
      is_anonymous: false,
      ...more,
    },
    sms: { otp },
  });
}

export function supabaseHeaders(
  body: string,
  keys: readonly string[],
  at: number,
  id: string = randomUUID(),
) {
  const signatures = keys.map((key) => {
    const raw = Buffer.from(key.replace("whsec_", ""), "base64");
    return `v1,${createHmac("sha256", raw).update(`${id}.${at}.${body}`).digest("base64")}`;
  });
  return {
    "Content-Type": "application/json",
    "Webhook-Id": id,
    "Webhook-Signature": signatures.join(", "),
    "Webhook-Timestamp": String(at),
    "Accept-Encoding": "identity",
  };
}

/** Up to three tries within 5 s; a Retry-After is not waited for. */
function supabase(name: string, keys: readonly string[]): Sender {
  return {
    name: `Supabase Auth, ${name}`,
    door: "supabase",
    says: (code) => `${code} is your verification code.`,
    send: (target, to, code) =>
      within(5_000, async () => {
        const body = supabaseBody(to, code);
        for (let tries = 0; tries < 3; tries++) {
          const at = Math.floor(Date.now() / 1_000);
          const answer = await post(target, {
            method: "POST",
            path: `/compat/supabase/${target.clientId}`,
            headers: {
              ...GO,
              "Content-Length": String(Buffer.byteLength(body)),
              ...supabaseHeaders(body, target.secret.startsWith("x") ? [WRONG] : keys, at),
            },
            body,
          });
          const { status, header } = answer;
          if ([429, 503].includes(status) && header("retry-after") !== undefined) continue;
          if (![200, 202].includes(status) || header("content-type") !== "application/json") return "refused";
          return parse(answer.body)["error"] === undefined ? "sent" : "refused";
        }
        return "refused";
      }),
  };
}

/** What a sender signs with whose target has the wrong secret. */
const WRONG = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const zitadelKeys = (target: Target, ...keys: string[]) => (target.secret.startsWith("x") ? [WRONG] : keys);

export const SENDERS: readonly Sender[] = [
  privacyidea("privacyIDEA, GET, user information in the address", { method: "GET" }),
  privacyidea("privacyIDEA, POST of a form", { method: "POST" }),
  privacyidea("eduMFA, POST of JSON", { method: "POST", json: true }),
  privacyidea("privacyIDEA, without a policy for the text", { method: "POST" }, (code) => code),
  authentik(
    "authentik, Basic",
    false,
    (To, code) => ({ From: "+4930000000", To, Body: code, Message: authentikText(code) }),
    authentikText,
  ),
  authentik(
    "authentik before Message, Bearer",
    true,
    (To, code) => ({ From: "otpost", To, Body: code }),
    (code) => `${code} is your verification code.`,
  ),
  authentik(
    "authentik, webhook mapping",
    true,
    (to, code) => ({ to, code, locale: "de" }),
    (code) => `${code} ist Ihr Bestätigungscode.`,
  ),
  keycloak("form with Basic", (to, text, { clientId, secret }) => ({
    path: "/compat/keycloak",
    headers: {
      Authorization: basic(`${clientId}:${secret}`),
      "Content-Type": "application/x-www-form-urlencoded",
    },
    // The field for the token has no name here.
    body: `=${javaEncoded(secret)}&text=${javaEncoded(text)}&to=${javaEncoded(to)}&from=otpost`,
  })),
  keycloak("JSON with a list and a UUID", (to, text, { clientId, secret }) => ({
    path: "/compat/keycloak",
    headers: { "Content-Type": "application/json" },
    body: `{"token":"${clientId}.${secret}","id":"${randomUUID()}","text":"${text}","to":["${to}"],"from":"otpost"}`,
  })),
  keycloak("key alone in the header", (to, text, { clientId, secret }) => ({
    path: "/compat/keycloak",
    headers: { "Content-Type": "application/json", Authorization: `${clientId}.${secret}` },
    body: `{"text":"${text}","to":"${to}","from":"null"}`,
  })),
  keycloak("GET", (to, text, { clientId, secret }) => ({
    path: `/compat/keycloak?to=${javaEncoded(to)}&text=${javaEncoded(text)}&token=${clientId}.${secret}`,
    headers: {},
  })),
  zitadel("signed", (target) => ({
    path: `/compat/zitadel/${target.clientId}`,
    keys: zitadelKeys(target, SIGNING.zitadel),
  })),
  zitadel("signed with two keys", (target) => ({
    path: `/compat/zitadel/${target.clientId}`,
    keys: zitadelKeys(target, "a key that is not here", SIGNING.zitadelNext),
  })),
  zitadel("before signing keys", ({ clientId, secret }) => ({
    path: `/compat/key/${clientId}.${secret}/zitadel`,
    keys: [],
  })),
  supabase("one secret", [SIGNING.supabase]),
  supabase("two secrets", [WRONG, SIGNING.supabaseNext]),
];
