import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDataDir } from "../../src/data-dir.ts";

describe("a data directory", () => {
  let root: string;
  let path: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "otpost-data-dir-"));
    path = join(root, "deep", "data");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const mode = (file: string) => statSync(file).mode & 0o777;

  test("is made with its parents, for its owner only", () => {
    expect(openDataDir(path).path).toBe(path);
    expect(mode(path)).toBe(0o700);
  });

  test("makes a secret on first use, keeps it, and lets nobody else read it", () => {
    const secret = openDataDir(path).secret("master.key");
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(openDataDir(path).secret("master.key")).toBe(secret);
    expect(openDataDir(path).secret("operator.token")).not.toBe(secret);
    expect(mode(join(path, "master.key"))).toBe(0o600);
  });

  test("has no client key until one is written, and then that one", () => {
    const dir = openDataDir(path);
    expect(dir.readClientKey()).toBeUndefined();
    dir.writeClientKey("demo.first");
    dir.writeClientKey("demo.second");
    expect(openDataDir(path).readClientKey()).toBe("demo.second");
    expect(mode(join(path, "client.key"))).toBe(0o600);
  });

  test("never replaces a secret that is there", () => {
    openDataDir(path);
    writeFileSync(join(path, "master.key"), "  made-by-hand \n");
    expect(openDataDir(path).secret("master.key")).toBe("made-by-hand");
  });

  test("refuses an empty secret, which would seal everything with a known key", () => {
    openDataDir(path);
    writeFileSync(join(path, "master.key"), "\n");
    expect(() => openDataDir(path).secret("master.key")).toThrow(/master\.key.*empty/);
  });

  test("keeps every replaced master key until it is told to forget them", () => {
    const dir = openDataDir(path);
    const first = dir.secret("master.key");
    expect(dir.readOldMasterKeys()).toEqual([]);
    dir.replaceMasterKey();
    const second = dir.secret("master.key");
    dir.replaceMasterKey();
    expect(new Set([first, second, dir.secret("master.key")]).size).toBe(3);
    expect(openDataDir(path).readOldMasterKeys()).toEqual([second, first]);
    expect(mode(join(path, "master.key.old"))).toBe(0o600);
    expect([dir.dropOldMasterKeys(), dir.dropOldMasterKeys()]).toEqual([true, false]);
    expect(dir.readOldMasterKeys()).toEqual([]);
  });

  test("a crash while the master key is replaced loses none", () => {
    const dir = openDataDir(path);
    const first = dir.secret("master.key");
    // The old list is written first: this is what a crash leaves.
    writeFileSync(join(path, "master.key.old"), `${first}\n`);
    expect(dir.secret("master.key")).toBe(first);
    dir.replaceMasterKey();
    expect(dir.readOldMasterKeys()).toEqual([first]);
  });

  test("a file in its place is an error that names it", () => {
    writeFileSync(join(root, "deep"), "");
    expect(() => openDataDir(path)).toThrow(path);
  });
});
