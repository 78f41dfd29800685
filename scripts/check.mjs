import { existsSync } from "node:fs";
import { join } from "node:path";
import { runQuietly } from "./command.mjs";
import { ROOT } from "./files.mjs";

const LINTED = ["src", "workers", "test", "bench", "scripts"];

/**
 * The gate: each step with its tool's own entry file, for npx would look things up online.
 * @param withTests false for whoever runs the tests anyway
 */
export function checkSteps(exists = (path) => existsSync(join(ROOT, path)), withTests = true) {
  const steps = [
    ["format", "node_modules/@biomejs/biome/bin/biome", "format", "."],
    ["lint", "node_modules/oxlint/bin/oxlint", "--type-aware", ...LINTED.filter(exists)],
    ["types", "node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json"],
    ["dead code, product", "node_modules/knip/bin/knip.js", "--production"],
    ["dead code, all", "node_modules/knip/bin/knip.js"],
  ];
  return withTests ? [...steps, ["unit and property tests", ...vitest("unit", "property")]] : steps;
}

/** Arguments for Node that run these test projects. */
export function vitest(...projects) {
  return ["node_modules/vitest/vitest.mjs", "run", ...projects.flatMap((name) => ["--project", name])];
}

/** Runs every step, also after a failure, so that one run shows all there is to mend. @returns the exit code. */
export async function check(steps = checkSteps(), print = (text) => process.stdout.write(text)) {
  let failed = 0;
  for (const [name, ...args] of steps) {
    const startedAt = performance.now();
    const { code, output } = await runQuietly(process.execPath, args, { cwd: ROOT });
    const took = `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
    print(`${code === 0 ? "ok    " : "FAILED"}  ${name}  ${took}\n`);
    if (code === 0) continue;
    failed += 1;
    print(`${output.trimEnd()}\n`);
  }
  return failed === 0 ? 0 : 1;
}
