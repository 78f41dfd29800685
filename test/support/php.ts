import { execFile } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ROOT } from "./readme.ts";

/** A program of Debian that these tests need; there is no test without it. */
export async function debian(
  program: string,
  args: readonly string[],
  packages: string,
  env: Record<string, string> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = execFile(program, args, { cwd: ROOT, env: { ...process.env, ...env } });
  const said = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: string) => (said.stdout += chunk));
  child.stderr?.on("data", (chunk: string) => (said.stderr += chunk));
  const missing = new Promise<never>((_, reject) => {
    child.once("error", () => reject(new Error(`${program} is missing: apt-get install ${packages}`)));
  });
  const [code] = (await Promise.race([once(child, "close"), missing])) as [number | null];
  return { code, ...said };
}

export const PHP_PACKAGES = "php-cli php-curl";

export function php(...args: string[]) {
  return debian("php", args, PHP_PACKAGES);
}

/** Runs a script of test/php with one JSON argument. */
export function phpScript(name: string, given: unknown) {
  return php("-d", "display_errors=stderr", join("test/php", name), JSON.stringify(given));
}
