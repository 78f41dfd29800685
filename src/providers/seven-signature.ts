import { createHash, createHmac, randomBytes } from "node:crypto";

export type Signed = {
  /** Unix seconds as text, and the nonce, exactly as they stand in the headers. */
  timestamp: string;
  nonce: string;
  method: string;
  url: string;
  body: Uint8Array | string;
};

/**
 * seven's signature, in both directions: hex HMAC-SHA-256 over five lines, the last being the MD5 of the
 * raw body. Source: docs.seven.io, signing.
 */
export function sevenSignature(key: string, { timestamp, nonce, method, url, body }: Signed): string {
  const digest = createHash("md5").update(body).digest("hex");
  const lines = [timestamp, nonce, method, url, digest].join("\n");
  return createHmac("sha256", key).update(lines).digest("hex");
}

/** Signs with a new nonce. @param now epoch ms; seven takes a signature for 30 s */
export function sevenSignedHeaders(
  key: string,
  call: Omit<Signed, "timestamp" | "nonce">,
  now: number,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1_000));
  const nonce = randomBytes(16).toString("hex");
  const signature = sevenSignature(key, { ...call, timestamp, nonce });
  return { "x-timestamp": timestamp, "x-nonce": nonce, "x-signature": signature };
}
