import { randomUUID } from "node:crypto";
import type { Target } from "./nextcloud.ts";
import { post, type Sender, within, type Written } from "./sender.ts";
import { SIGNING_SENDERS } from "./signing-providers.ts";

/**
 * Identity providers as they behave on the wire, written down from their sources: the bytes of their HTTP
 * libraries, what each takes for a success, and how long it waits.
 */

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

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
  ...SIGNING_SENDERS,
];
