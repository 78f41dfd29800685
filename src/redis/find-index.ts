import type { Delivery } from "../core/delivery.ts";
import { HOUR_MS } from "../core/health-windows.ts";
import type { KeptVault } from "./key-store.ts";
import { type Keys, RECORD_TTL_MS } from "./keys.ts";

/**
 * By what deliveries are found: keyed hashes of number and client reference. One sorted set for each hour and share
 * of the hashes, so that it ends with its deliveries and stays small enough (128 entries) for Redis to pack it into
 * one piece of memory: some 45 bytes for each delivery instead of 130.
 */

/** Some 8 bit of the hash. 36,000 deliveries in an hour, one account's 10 a second, are 94 in each set. */
const SHARDS = 384;
/** With the share a hash of 56 bit: a search among 1,500,000 deliveries meets another number once in 10^10 times. */
const TAG_BYTES = 6;
const ID_BYTES = 16;

/** A record lives for its code's life of 10 min at most, and 72 h more. A clock may be ahead by some seconds. */
const FOUND_MS = RECORD_TTL_MS + 600_000;
const CLOCKS_MS = 60_000;

/** Where a delivery is entered, and as what. */
export type FindEntry = { key: string; member: Buffer };

type Deps = { keys: Keys; vault: Pick<KeptVault, "hash"> };

/** @param number keyed hash of the recipient, which the caller has at hand */
export function entriesOf({ keys, vault }: Deps, delivery: Delivery, number: string): FindEntry[] {
  const { id, createdAt, reference } = delivery;
  const hashes = reference === undefined ? [number] : [number, referenceHash(vault, reference)];
  const hour = Math.floor(createdAt / HOUR_MS);
  return hashes.map((hash) => {
    const { shard, tag } = placeOf(hash);
    return { key: keys.find(hour, shard), member: Buffer.concat([tag, bytesOf(id)]) };
  });
}

/** Clients write references as they like, so they are never kept in the clear here. */
export function referenceHash(vault: Deps["vault"], reference: string): string {
  return vault.hash("reference", reference);
}

/** When the sets of a delivery's hour are over, epoch ms. */
export function foundUntil(createdAt: number): number {
  return (Math.floor(createdAt / HOUR_MS) + 1) * HOUR_MS + FOUND_MS;
}

/** What to read for a hash: the set of each hour, newest first, and the bounds of its entries there. */
export function placesOf({ keys }: Pick<Deps, "keys">, hash: string, now: number) {
  const { shard, tag } = placeOf(hash);
  const newest = Math.floor((now + CLOCKS_MS) / HOUR_MS);
  const oldest = Math.floor((now - FOUND_MS) / HOUR_MS);
  return {
    keys: Array.from({ length: newest - oldest + 1 }, (_, i) => keys.find(newest - i, shard)),
    min: Buffer.concat([INCLUSIVE, tag]),
    max: Buffer.concat([INCLUSIVE, tag, Buffer.alloc(ID_BYTES + 1, 0xff)]),
  };
}

const INCLUSIVE = Buffer.from("[");

/** @returns undefined for what no version of ours wrote */
export function idOf(member: Buffer): string | undefined {
  if (member.length !== TAG_BYTES + ID_BYTES) return undefined;
  const hex = member.toString("hex", TAG_BYTES);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function placeOf(hash: string): { shard: number; tag: Buffer } {
  const bytes = Buffer.from(hash, "base64url");
  return { shard: bytes.readUInt16BE(0) % SHARDS, tag: bytes.subarray(2, 2 + TAG_BYTES) };
}

function bytesOf(id: string): Buffer {
  return Buffer.from(id.replaceAll("-", ""), "hex");
}
