import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureBuild, isStale } from "../../scripts/build.mjs";
import { newestChangeAt, ROOT } from "../../scripts/files.mjs";

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "otpost-build-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test("a build is stale without a stamp, or when a source is as new as it", () => {
  expect(isStale(1, undefined)).toBe(true);
  expect(isStale(2, 1)).toBe(true);
  expect(isStale(1, 1)).toBe(true);
  expect(isStale(1, 2)).toBe(false);
});

test("a deleted source counts as a change of its folder", () => {
  mkdirSync(join(root, "src/core"), { recursive: true });
  writeFileSync(join(root, "src/core/gone.ts"), "");
  utimesSync(join(root, "src"), 1, 1);
  utimesSync(join(root, "src/core"), 1, 1);
  rmSync(join(root, "src/core/gone.ts"));

  expect(newestChangeAt(join(root, "src"))).toBeGreaterThan(1_000);
  expect(newestChangeAt(join(root, "no such folder"))).toBe(0);
});

function project(source: string): void {
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  const options = { rootDir: ".", module: "nodenext", types: [], outDir: "dist" };
  writeFileSync(
    join(root, "tsconfig.build.json"),
    JSON.stringify({ compilerOptions: options, include: ["src"] }),
  );
  mkdirSync(join(root, "src"));
  writeFileSync(join(root, "src/main.ts"), source);
}

function touch(path: string, seconds: number): void {
  utimesSync(join(root, path), seconds, seconds);
}

test("a build makes dist whole, leaves nothing of a deleted source, and is not repeated", async () => {
  project("export const answer: number = 42;\n");
  mkdirSync(join(root, "dist/src"), { recursive: true });
  writeFileSync(join(root, "dist/src/deleted.js"), "");

  await Promise.all([ensureBuild(root), ensureBuild(root)]);
  expect(readdirSync(join(root, "dist/src"))).toEqual(["main.js"]);
  expect(readdirSync(root).filter((name) => name.startsWith("dist"))).toEqual(["dist"]);

  rmSync(join(root, "dist/src/main.js"));
  await ensureBuild(root);
  expect(existsSync(join(root, "dist/src/main.js"))).toBe(false);

  touch("src/main.ts", Date.now() / 1_000 + 5);
  await ensureBuild(root);
  expect(existsSync(join(root, "dist/src/main.js"))).toBe(true);
});

test("a build that fails tells why and leaves the last good one", async () => {
  project("export const answer: number = 'no';\n");
  mkdirSync(join(root, "dist"));
  writeFileSync(join(root, "dist/good.js"), "");

  await expect(ensureBuild(root)).rejects.toThrow(/the build failed:[\s\S]*not assignable to type 'number'/);

  expect(readdirSync(join(root, "dist"))).toEqual(["good.js"]);
});
