import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

/**
 * Secrecy at rest. Every key is derived from the one master key, each for its own use, so that none of them
 * gives another one away.
 */
export type Vault = {
  /** AES-256-GCM. `context` is bound to the result: a sealed value moved to another record does not open. */
  seal: (plain: string, context: string) => string;
  /** @throws when the value was changed, moved or sealed with another key */
  open: (sealed: string, context: string) => string;
  /** Keyed hash for look-up, 128 bit as 22 characters: useless without the master key. */
  hash: (use: string, ...parts: string[]) => string;
  /** Keyed hash that no other process can make again: for what is kept in memory, at a fraction of the cost. */
  localHash: (...parts: string[]) => string;
};

const NONCE_BYTES = 12;
/** Nonces are drawn many at a time, for one draw costs as much as half a seal. */
const NONCES_DRAWN = 256;
const TAG_BYTES = 16;
const VERSION = "1";
const HASH_BYTES = 16;

/** @param masterKey 32 bytes */
export function createVault(masterKey: Uint8Array): Vault {
  if (masterKey.length !== 32) throw new Error("The master key must have 32 bytes");
  const sealing = derive(masterKey, "otpost sealing v1");
  const nonce = nonceSource();
  const localKey = newSecret();
  const lookup = derive(masterKey, "otpost look-up v1");
  return {
    seal: (plain, context) => seal(sealing, nonce(), plain, context),
    open: (sealed, context) => open(sealing, sealed, context),
    hash: (use, ...parts) =>
      createHmac("sha256", lookup)
        .update(JSON.stringify([use, ...parts]))
        .digest()
        .toString("base64url", 0, HASH_BYTES),
    localHash: (...parts) => hash("sha256", JSON.stringify([localKey, ...parts]), "base64url"),
  };
}

function derive(masterKey: Uint8Array, use: string): Buffer {
  return Buffer.from(hkdfSync("sha256", masterKey, "", use, 32));
}

/** Each is given out once: a nonce that came twice under one key would open both of its messages. */
function nonceSource(): () => Buffer {
  let drawn = Buffer.alloc(0);
  let taken = 0;
  return () => {
    if (taken === drawn.length) {
      drawn = randomBytes(NONCE_BYTES * NONCES_DRAWN);
      taken = 0;
    }
    taken += NONCE_BYTES;
    return drawn.subarray(taken - NONCE_BYTES, taken);
  };
}

function seal(key: Buffer, nonce: Buffer, plain: string, context: string): string {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
  const body = cipher.update(plain, "utf8");
  // Ends the computation of the tag; the mode is a stream, so nothing of the body is left to come.
  cipher.final();
  return VERSION + Buffer.concat([nonce, body, cipher.getAuthTag()]).toString("base64url");
}

function open(key: Buffer, sealed: string, context: string): string {
  if (!sealed.startsWith(VERSION)) throw new Error("Sealed with an unknown version");
  const body = Buffer.from(sealed.slice(VERSION.length), "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key, body.subarray(0, NONCE_BYTES));
  decipher.setAAD(Buffer.from(context)).setAuthTag(body.subarray(-TAG_BYTES));
  return decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
}

/** Compares without telling by its time how much was right. Lengths may differ. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}

/** 256 random bits as 43 characters of [A-Za-z0-9_-]. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}
