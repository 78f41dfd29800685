import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

/** The clone's own directory. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Modification time in epoch ms, or undefined when there is no such file. */
export function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

/** Newest change at or below a path, 0 when it does not exist. Directories count, for a deletion touches only them. */
export function newestChangeAt(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestChangeAt(join(path, name))));
}
