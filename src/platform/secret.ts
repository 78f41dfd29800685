import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

/** The keys that the data is kept with. They come from the key ring; the master key only wraps them. */
export type DataKeys = {
  lookup: Uint8Array;
  /** By generation, 0 to 255: a seal names the one that opens it. */
  seals: ReadonlyMap<number, Uint8Array>;
  /** The generation that seals from now on. */
  current: number;
};

/** Secrecy at rest: sealed values, and keyed hashes to find them by. */
export type Vault = {
  /** AES-256-GCM. `context` is bound to the result: a sealed value moved to another record does not open. */
  seal: (plain: string, context: string) => Buffer;
  /** @throws UnknownSealKey, or when the value was changed, moved or sealed with another key */
  open: (sealed: Buffer, context: string) => string;
  /** Keyed hash for look-up, 128 bit as 22 characters: useless without the master key. */
  hash: (use: string, ...parts: string[]) => string;
  /** Keyed hash that no other process can make again: for what is kept in memory, at a fraction of the cost. */
  localHash: (...parts: string[]) => string;
};

/** Sealed by a generation that this process does not know, or no longer. */
export class UnknownSealKey extends Error {
  override readonly name = "UnknownSealKey";
}

const NONCE_BYTES = 12;
/** Nonces are drawn many at a time, for one draw costs as much as half a seal. */
const NONCES_DRAWN = 256;
const TAG_BYTES = 16;
const HASH_BYTES = 16;

/** First byte of a seal: bytes follow, of which the first is the generation. */
const BYTES_FORMAT = 2;
/** What version 0.1.0 wrote: "1" and base64url, sealed by a key that follows from the master key. */
const TEXT_FORMAT = "1".charCodeAt(0);
const TEXT_GENERATION = 0;
const HEAD_BYTES = 2;

/** @param keys asked for each use, for the ring may turn while a process runs; may throw */
export function createVault(keys: () => DataKeys): Vault {
  const nonce = nonceSource();
  const localKey = newSecret();
  return {
    seal: (plain, context) => {
      const { current, seals } = keys();
      const head = Buffer.of(BYTES_FORMAT, current);
      return Buffer.concat([head, sealBytes(keyOf(seals, current), nonce(), Buffer.from(plain), context)]);
    },
    open: (sealed, context) => {
      const { generation, body } = partsOf(sealed);
      return openBytes(keyOf(keys().seals, generation), body, context).toString("utf8");
    },
    hash: (use, ...parts) =>
      createHmac("sha256", keys().lookup)
        .update(JSON.stringify([use, ...parts]))
        .digest()
        .toString("base64url", 0, HASH_BYTES),
    localHash: (...parts) => hash("sha256", JSON.stringify([localKey, ...parts]), "base64url"),
  };
}

/** Each use has a key of its own, so that none of them gives another one away. */
export function deriveKey(masterKey: Uint8Array, use: string): Buffer {
  if (masterKey.length !== MASTER_KEY_BYTES) throw new Error("The master key must have 32 bytes");
  return Buffer.from(hkdfSync("sha256", masterKey, "", use, MASTER_KEY_BYTES));
}

const MASTER_KEY_BYTES = 32;

/** The data keys of an installation from before there was a key ring. */
export function derivedKeys(masterKey: Uint8Array): DataKeys {
  return {
    lookup: deriveKey(masterKey, "otpost look-up v1"),
    seals: new Map([[TEXT_GENERATION, deriveKey(masterKey, "otpost sealing v1")]]),
    current: TEXT_GENERATION,
  };
}

function keyOf(seals: DataKeys["seals"], generation: number): Uint8Array {
  const key = seals.get(generation);
  if (!key) throw new UnknownSealKey(`Sealed by generation ${generation}, which is not known here`);
  return key;
}

function partsOf(sealed: Buffer): { generation: number; body: Buffer } {
  if (sealed[0] === BYTES_FORMAT) return { generation: sealed[1] ?? 0, body: sealed.subarray(HEAD_BYTES) };
  if (sealed[0] !== TEXT_FORMAT) throw new Error("Sealed in an unknown format");
  return {
    generation: TEXT_GENERATION,
    body: Buffer.from(sealed.toString("latin1", 1), "base64url"),
  };
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

/** @returns nonce, sealed bytes and tag in one */
export function sealBytes(key: Uint8Array, nonce: Buffer, plain: Buffer, context: string): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
  const body = cipher.update(plain);
  // Ends the computation of the tag; the mode is a stream, so nothing of the body is left to come.
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

/** @throws when the bytes were changed, cut or sealed with another key or context */
export function openBytes(key: Uint8Array, sealed: Buffer, context: string): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
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

/** Of a message for one use of `sealBytes`. */
export function newNonce(): Buffer {
  return randomBytes(NONCE_BYTES);
}
