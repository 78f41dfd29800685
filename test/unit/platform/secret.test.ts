import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createVault, newSecret, sameSecret } from "../../../src/platform/secret.ts";

const PLAIN = "+4915112345678";

describe("a vault", () => {
  const key = randomBytes(32);
  const vault = createVault(key);

  test.each([PLAIN, "", "ÄÖÜ 😀 \u0000", "x".repeat(10_000)])("opens what it sealed (%#)", (plain) => {
    expect(vault.open(vault.seal(plain, "here"), "here")).toBe(plain);
  });

  test("does not open under another context, another key or after a change", () => {
    const sealed = vault.seal(PLAIN, "delivery-1");
    expect(() => vault.open(sealed, "delivery-2")).toThrow();
    expect(() => createVault(randomBytes(32)).open(sealed, "delivery-1")).toThrow();
    for (let i = 0; i < sealed.length - 1; i += 1) {
      const other = sealed[i] === "A" ? "B" : "A";
      expect(() => vault.open(sealed.slice(0, i) + other + sealed.slice(i + 1), "delivery-1")).toThrow();
    }
  });

  test.each(["", "1", "1AAAA", "2AAAA", "1".repeat(40)])("refuses %j", (sealed) => {
    expect(() => vault.open(sealed, "here")).toThrow();
  });

  test("does not open with its authentication cut short", () => {
    const sealed = vault.seal(PLAIN, "here");
    for (let cut = 1; cut < 24; cut++) expect(() => vault.open(sealed.slice(0, -cut), "here")).toThrow();
  });

  test("seals the same twice differently, and no error shows the plain text", () => {
    const sealed = vault.seal(PLAIN, "here");
    expect(vault.seal(PLAIN, "here")).not.toBe(sealed);
    expect(sealed).not.toContain(PLAIN);
    try {
      vault.open(sealed, "elsewhere");
    } catch (error) {
      expect(String(error)).not.toContain(PLAIN);
    }
  });

  test("is the same vault in every process with the same key", () => {
    expect(createVault(key).open(vault.seal(PLAIN, "here"), "here")).toBe(PLAIN);
    expect(createVault(key).hash("same", PLAIN)).toBe(vault.hash("same", PLAIN));
  });

  test("hashes depend on use, key and the borders between parts", () => {
    const hashes = [
      vault.hash("same", "a", "b"),
      vault.hash("same", "ab"),
      vault.hash("same", "ab", ""),
      vault.hash("idem", "a", "b"),
      createVault(randomBytes(32)).hash("same", "a", "b"),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^[\w-]{21,22}$/);
  });

  test.each([0, 16, 31, 33])("a master key of %d bytes is refused", (bytes) => {
    expect(() => createVault(randomBytes(bytes))).toThrow("32 bytes");
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
