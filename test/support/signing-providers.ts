import { createHmac, randomUUID } from "node:crypto";
import { parse } from "./guzzle.ts";
import type { Target } from "./nextcloud.ts";
import { post, type Sender, within } from "./sender.ts";

/** Identity providers that sign what they send, written down from their sources. */

/** Keys that every sender below signs with, besides those of the target. */
export const SIGNING = {
  zitadel: "Zr4bQ0m1pV7dXw2sKj8uTn5yLc3eHg6a",
  zitadelNext: "pL9oKi8uJh7yGt6fRd5eSw4aQz3xCv2b",
  supabase: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
  supabaseNext: `whsec_${Buffer.alloc(40, 9).toString("base64")}`,
};

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

export const SIGNING_SENDERS: readonly Sender[] = [
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
