import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  createVault,
  derivedKeys,
  newSecret,
  sameSecret,
  UnknownSealKey,
} from "../../../src/platform/secret.ts";

const PLAIN = "+4915112345678";
/** Made by that version with a master key of 32 sevens. */
const TEXT_SEAL = "1v9UxAYW0Cn9LMTN_KPqAW-uoRWu7vaeP5EV5KjjDUJjPavcT1raPxalN";

describe("a vault", () => {
  const key = randomBytes(32);
  const vaultOf = (masterKey: Uint8Array) => createVault(() => derivedKeys(masterKey));
  const vault = vaultOf(key);

  test.each([PLAIN, "", "ÄÖÜ 😀 \u0000", "x".repeat(10_000)])("opens what it sealed (%#)", (plain) => {
    expect(vault.open(vault.seal(plain, "here"), "here")).toBe(plain);
  });

  test("does not open under another context, another key or after a change", () => {
    const sealed = vault.seal(PLAIN, "delivery-1");
    expect(() => vault.open(sealed, "delivery-2")).toThrow();
    expect(() => vaultOf(randomBytes(32)).open(sealed, "delivery-1")).toThrow();
    for (let i = 0; i < sealed.length; i += 1) {
      const changed = Buffer.from(sealed);
      changed[i]! ^= 1 << (i % 8);
      expect(() => vault.open(changed, "delivery-1")).toThrow();
    }
  });

  test.each(["", "1", "1AAAA", "2AAAA", "1".repeat(40)])("refuses %j", (sealed) => {
    expect(() => vault.open(Buffer.from(sealed), "here")).toThrow();
    expect(() => vault.open(Buffer.concat([Buffer.of(2, 0), Buffer.from(sealed)]), "here")).toThrow();
  });

  test("opens what version 0.1.0 sealed", () => {
    const fixed = vaultOf(Buffer.alloc(32, 7));
    expect(fixed.open(Buffer.from(TEXT_SEAL), "delivery-1|cloud|1700000300000")).toBe(PLAIN);
  });

  test("seals by the newest generation and opens by the named one", () => {
    const seals = new Map([
      [7, randomBytes(32)],
      [8, randomBytes(32)],
    ]);
    const lookup = randomBytes(32);
    const [old, newer] = [7, 8].map((current) => createVault(() => ({ lookup, seals, current })));
    const sealed = old!.seal(PLAIN, "here");
    expect([sealed[1], newer!.seal(PLAIN, "here")[1]]).toEqual([7, 8]);
    expect(newer!.open(sealed, "here")).toBe(PLAIN);
    seals.delete(7);
    expect(() => newer!.open(sealed, "here")).toThrow(UnknownSealKey);
  });

  test("adds 30 bytes to what it seals", () => {
    expect(vault.seal(PLAIN, "here")).toHaveLength(PLAIN.length + 30);
  });

  test("does not open with its authentication cut short", () => {
    const sealed = vault.seal(PLAIN, "here");
    for (let cut = 1; cut < 24; cut++) expect(() => vault.open(sealed.subarray(0, -cut), "here")).toThrow();
  });

  test("seals the same twice differently, and no error shows the plain text", () => {
    const sealed = vault.seal(PLAIN, "here");
    expect(vault.seal(PLAIN, "here")).not.toEqual(sealed);
    expect(sealed.includes(PLAIN)).toBe(false);
    try {
      vault.open(sealed, "elsewhere");
    } catch (error) {
      expect(String(error)).not.toContain(PLAIN);
    }
  });

  test("is the same vault in every process with the same key", () => {
    expect(vaultOf(key).open(vault.seal(PLAIN, "here"), "here")).toBe(PLAIN);
    expect(vaultOf(key).hash("same", PLAIN)).toBe(vault.hash("same", PLAIN));
  });

  test("hashes depend on use, key and the borders between parts", () => {
    const hashes = [
      vault.hash("same", "a", "b"),
      vault.hash("same", "ab"),
      vault.hash("same", "ab", ""),
      vault.hash("idem", "a", "b"),
      vaultOf(randomBytes(32)).hash("same", "a", "b"),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^[\w-]{21,22}$/);
  });

  test.each([0, 16, 31, 33])("a master key of %d bytes is refused", (bytes) => {
    expect(() => derivedKeys(randomBytes(bytes))).toThrow("32 bytes");
  });
});

test("secrets are compared whole, whatever their lengths", () => {
  expect(sameSecret("abc", "abc")).toBe(true);
  for (const other of ["", "ab", "abcd", "abd", "ABC"]) expect(sameSecret(other, "abc")).toBe(false);
});

test("new secrets are 256 bits and never the same", () => {
  const secrets = Array.from({ length: 1_000 }, newSecret);
  expect(new Set(secrets).size).toBe(1_000);
  for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
});
