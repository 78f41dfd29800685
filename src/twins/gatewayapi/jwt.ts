import { createHmac } from "node:crypto";

/** A JWT with HS256. Source: RFC 7519; RFC 7518, 3.2. */
export function signJwt(secret: string, claims: object): string {
  const signed = [{ typ: "JWT", alg: "HS256" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
