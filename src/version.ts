import { readFileSync } from "node:fs";

/** From package.json, which lies beside src/ in a checkout and two folders up in dist/. */
export const VERSION = versionOf("../package.json") ?? versionOf("../../package.json") ?? "unknown";

function versionOf(path: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
    return typeof parsed === "object" && parsed !== null && "version" in parsed
      ? String(parsed.version)
      : undefined;
  } catch {
    return undefined;
  }
}
