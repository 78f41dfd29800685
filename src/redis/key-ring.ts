import { hash, randomBytes } from "node:crypto";
import { z } from "zod";
import { type DataKeys, deriveKey, newNonce, openBytes, sealBytes } from "../platform/secret.ts";
import { RECORD_TTL_MS } from "./keys.ts";

/**
 * The data keys as they lie in Redis, each wrapped with one master key. A new master key wraps them again:
 * hashes that are kept for good, such as those of consents, could not be made anew without the numbers.
 */
const ringSchema = z.object({
  v: z.literal(1),
  /** Which master key opens the rest. Says nothing about the key itself. */
  wrappedBy: z.string(),
  lookup: z.string(),
  /** Oldest first; the last one seals. */
  seals: z
    .array(z.object({ generation: z.int().min(0).max(255), madeAt: z.number(), key: z.string() }))
    .min(1),
});

export type KeyRing = z.infer<typeof ringSchema>;
type Seal = KeyRing["seals"][number];

const KEY_BYTES = 32;
const GENERATIONS = 256;

/** Nothing that the generation before sealed is kept for longer: 72 h, a code's life, and hours to spare. */
export const GENERATION_KEPT_MS = RECORD_TTL_MS + 8 * 3_600_000;

export function parseKeyRing(value: string): KeyRing {
  return ringSchema.parse(JSON.parse(value));
}

/** Random keys, so that a master key that gets known opens nothing without this ring. */
export function newKeyRing(masterKey: Uint8Array, now: number): KeyRing {
  const seals = new Map([[1, randomBytes(KEY_BYTES)]]);
  return wrapped({ lookup: randomBytes(KEY_BYTES), seals, current: 1 }, masterKey, () => now);
}

/** A ring around keys that were in use before there was one. */
export function keyRingOf(keys: DataKeys, masterKey: Uint8Array, now: number): KeyRing {
  return wrapped(keys, masterKey, () => now);
}

/** @returns undefined when none of the master keys wrapped it @throws when it was tampered with */
export function openKeyRing(ring: KeyRing, masterKeys: readonly Uint8Array[]): DataKeys | undefined {
  const masterKey = masterKeys.find((key) => masterKeyId(key) === ring.wrappedBy);
  if (!masterKey) return undefined;
  const unwrap = (value: string, context: string) =>
    openBytes(wrappingKey(masterKey), Buffer.from(value, "base64url"), context);
  return {
    lookup: unwrap(ring.lookup, LOOKUP),
    seals: new Map(ring.seals.map(({ generation, key }) => [generation, unwrap(key, sealUse(generation))])),
    current: newest(ring).generation,
  };
}

/** The same keys under another master key, with a new generation that seals from now on. */
export function turnedKeyRing(ring: KeyRing, keys: DataKeys, masterKey: Uint8Array, now: number): KeyRing {
  const current = nextGeneration(ring);
  const seals = new Map([...keys.seals, [current, randomBytes(KEY_BYTES)]]);
  const madeAt = (generation: number) =>
    ring.seals.find((seal) => seal.generation === generation)?.madeAt ?? now;
  return wrapped({ ...keys, seals, current }, masterKey, madeAt);
}

/** Without the generations whose last seals are gone. @returns the same ring when there are none */
export function prunedKeyRing(ring: KeyRing, now: number): KeyRing {
  const seals = ring.seals.filter((_, i) => {
    const next = ring.seals[i + 1];
    return !next || now - next.madeAt < GENERATION_KEPT_MS;
  });
  return seals.length === ring.seals.length ? ring : { ...ring, seals };
}

/** Short name of a master key, for messages and for finding the right one. */
export function masterKeyId(masterKey: Uint8Array): string {
  return hash("sha256", deriveKey(masterKey, "otpost key id v1"), "hex").slice(0, 8);
}

const LOOKUP = "ring|look-up";

function sealUse(generation: number): string {
  return `ring|seal|${generation}`;
}

function wrappingKey(masterKey: Uint8Array): Buffer {
  return deriveKey(masterKey, "otpost key ring v1");
}

function wrapped(keys: DataKeys, masterKey: Uint8Array, madeAt: (generation: number) => number): KeyRing {
  const wrap = (key: Uint8Array, context: string) =>
    sealBytes(wrappingKey(masterKey), newNonce(), Buffer.from(key), context).toString("base64url");
  const seals = [...keys.seals].map(([generation, key]) => ({
    generation,
    madeAt: madeAt(generation),
    key: wrap(key, sealUse(generation)),
  }));
  return { v: 1, wrappedBy: masterKeyId(masterKey), lookup: wrap(keys.lookup, LOOKUP), seals };
}

function newest({ seals }: KeyRing): Seal {
  const last = seals.at(-1);
  if (!last) throw new Error("A key ring has no key to seal with");
  return last;
}

/** Goes round; 256 turns within the days that a generation is kept would be a mistake. */
function nextGeneration(ring: KeyRing): number {
  const next = (newest(ring).generation + 1) % GENERATIONS;
  if (ring.seals.some(({ generation }) => generation === next)) throw new Error("The key ring is full");
  return next;
}
