import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** The API side turns away signatures older than this. Source: docs.seven.io, signing. */
const OLDEST_MS = 30_000;

/** The parts of the signed string, in its order. */
export type Signed = {
  /** Unix seconds as text, as it stands in X-Timestamp. */
  timestamp: string;
  nonce: string;
  method: string;
  url: string;
  body: string;
};

/** Lowercase hex HMAC-SHA256 over five lines, the last one the MD5 of the raw body. */
export function sign(key: string, { timestamp, nonce, method, url, body }: Signed): string {
  const md5 = createHash("md5").update(body).digest("hex");
  return createHmac("sha256", key).update([timestamp, nonce, method, url, md5].join("\n")).digest("hex");
}

/** Signs with the present time and a nonce of 32 characters. */
export function signedHeaders(
  key: string,
  call: Omit<Signed, "timestamp" | "nonce">,
): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const nonce = randomBytes(16).toString("hex");
  const signature = sign(key, { ...call, timestamp, nonce });
  return { "x-signature": signature, "x-timestamp": timestamp, "x-nonce": nonce };
}

/** Whether a signature that a caller sent is right and fresh. */
export function verify(key: string, signature: string, call: Signed): boolean {
  const age = Date.now() - Number(call.timestamp) * 1_000;
  const expected = Buffer.from(sign(key, call));
  const given = Buffer.from(signature);
  // The comparison comes first in length: timingSafeEqual throws on unequal ones.
  return Math.abs(age) <= OLDEST_MS && given.length === expected.length && timingSafeEqual(given, expected);
}
