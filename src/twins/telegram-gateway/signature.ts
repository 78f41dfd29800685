import { createHash, createHmac } from "node:crypto";

/**
 * Hex HMAC-SHA-256 over timestamp, LF, raw body. The key is the 32 raw bytes of SHA-256(token), not their
 * hex text. Source: core.telegram.org, gateway verification tutorial.
 */
export function signCallback(token: string, timestamp: string, body: string): string {
  const key = createHash("sha256").update(token).digest();
  return createHmac("sha256", key).update(`${timestamp}\n${body}`).digest("hex");
}
