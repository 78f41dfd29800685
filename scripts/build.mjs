import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runQuietly, tail } from "./command.mjs";
import { newestChangeAt, ROOT } from "./files.mjs";
import { Refusal, say } from "./say.mjs";

/** What dist/ is made from. */
const SOURCES = ["src", "workers", "bench", "tsconfig.json", "tsconfig.build.json", "package-lock.json"];
const STAMP = ".built-at";

/** Builds dist/ when a source is newer than it. Several callers in one process share one build. */
export async function ensureBuild(root = ROOT) {
  const changedAt = Math.max(...SOURCES.map((source) => newestChangeAt(join(root, source))));
  if (!isStale(changedAt, builtAt(root))) return;
  running ??= build(root).finally(() => {
    running = undefined;
  });
  await running;
}

let running;

/** Equal times count as stale: some file systems keep whole seconds only. */
export function isStale(changedAt, stampAt) {
  return stampAt === undefined || changedAt >= stampAt;
}

/**
 * Compiles beside dist/ and swaps, so that a running service never reads a half-written file and nothing
 * of a deleted source stays. The stamp holds the time the build began: an edit meanwhile makes it stale.
 */
async function build(root) {
  const startedAt = Date.now();
  const next = `dist.next-${process.pid}`;
  say("building dist (tsc)");
  try {
    const args = [
      join(root, "node_modules/typescript/bin/tsc"),
      "-p",
      "tsconfig.build.json",
      "--outDir",
      next,
    ];
    const { code, output } = await runQuietly(process.execPath, args, { cwd: root });
    if (code !== 0) throw new Refusal(`the build failed:\n${tail(output)}`);
    mkdirSync(join(root, next), { recursive: true });
    makeExecutable(join(root, next, "src/cli/main.js"));
    writeFileSync(join(root, next, STAMP), String(startedAt));
    swap(root, next);
  } finally {
    rmSync(join(root, next), { recursive: true, force: true });
  }
}

/** npm makes a package's commands executable when it installs it; our own is not installed. */
function makeExecutable(file) {
  if (existsSync(file)) chmodSync(file, 0o755);
}

function swap(root, next) {
  const old = join(root, `dist.old-${process.pid}`);
  try {
    renameSync(join(root, "dist"), old);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  renameSync(join(root, next), join(root, "dist"));
  rmSync(old, { recursive: true, force: true });
}

function builtAt(root) {
  try {
    return Number(readFileSync(join(root, "dist", STAMP), "utf8"));
  } catch {
    return undefined;
  }
}
