import { createHmac, timingSafeEqual } from "node:crypto";
import type { ReportRequest } from "../../flows/report-port.ts";
import { parseJson } from "../said.ts";
import type { SignatureRules } from "./schema.ts";

/** What a report's proof says: nothing proved, the body proved, or the claims that are the report. */
export type Proof = { kind: "unauthentic" } | { kind: "body" } | { kind: "claims"; claims: unknown };

/** Characters of a header; a JWT with a report in it has some 300. */
const FIELD_MAX = 4_096;

/**
 * Checks a report over its raw bytes. Old time stamps pass: a report is retried for long, and it only ever
 * moves a delivery forward.
 * @param secrets several while one is being replaced
 */
export function proofOf(rules: SignatureRules, secrets: readonly string[], request: ReportRequest): Proof {
  switch (rules.kind) {
    case "none":
      return { kind: "body" };
    case "hmac-sha256":
      return proved(isHmac(rules, secrets, request));
    case "standard-webhooks":
      return proved(isStandardWebhook(secrets, request));
    case "jwt-claims":
      return claimsOf(request.header(rules.header.toLowerCase()) ?? "", secrets);
  }
}

function proved(isRight: boolean): Proof {
  return isRight ? { kind: "body" } : { kind: "unauthentic" };
}

/** The secret's bytes are the key as they stand in the environment. */
function isHmac(
  { header, encoding, prefix = "" }: SignatureRules & { kind: "hmac-sha256" },
  secrets: readonly string[],
  { header: read, body }: ReportRequest,
): boolean {
  const given = read(header.toLowerCase()) ?? "";
  if (!given.startsWith(prefix)) return false;
  const signature = decoded(given.slice(prefix.length), encoding);
  return secrets.some((secret) => isSame(createHmac("sha256", secret).update(body).digest(), signature));
}

/** Source: standardwebhooks.com, specification: `id.timestamp.body`, a list of `v1,<base64>`. */
function isStandardWebhook(secrets: readonly string[], { header, body }: ReportRequest): boolean {
  const id = header("webhook-id") ?? "";
  const timestamp = header("webhook-timestamp") ?? "";
  const list = header("webhook-signature") ?? "";
  if (id === "" || id.length > FIELD_MAX || list.length > FIELD_MAX || !/^\d{1,13}$/.test(timestamp))
    return false;
  const signatures = list
    .split(" ")
    .flatMap((one) => (one.startsWith("v1,") ? [decoded(one.slice(3), "base64")] : []));
  return secrets.some((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
    return signatures.some((signature) => isSame(expected, signature));
  });
}

/** The algorithm is ours to name: one that the token names, such as `none`, would be the forger's choice. */
function claimsOf(token: string, secrets: readonly string[]): Proof {
  const [head = "", payload = "", signature = "", ...rest] = token.split(".");
  if (token.length > FIELD_MAX || rest.length > 0 || !isHs256(head)) return { kind: "unauthentic" };
  const given = decoded(signature, "base64");
  const isRight = secrets.some((secret) =>
    isSame(createHmac("sha256", secret).update(`${head}.${payload}`).digest(), given),
  );
  if (!isRight) return { kind: "unauthentic" };
  return { kind: "claims", claims: parseJson(Buffer.from(payload, "base64url").toString("utf8")) };
}

/** Source: RFC 7515, 3: both parts before the signature are base64url. */
function isHs256(head: string): boolean {
  const header = parseJson(Buffer.from(head, "base64url").toString("utf8"));
  return typeof header === "object" && header !== null && "alg" in header && header.alg === "HS256";
}

/** Strict: a decoder that skips what it does not know would take altered signatures for right ones. */
function decoded(text: string, encoding: "hex" | "base64"): Buffer {
  const isText = encoding === "hex" ? /^[0-9a-f]{64}$/i : /^[A-Za-z0-9+/_-]{43}=?$/;
  return isText.test(text) ? Buffer.from(text, encoding) : Buffer.alloc(0);
}

/** Constant time; an unreadable signature has no bytes and equals nothing. */
function isSame(expected: Buffer, given: Buffer): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given);
}
