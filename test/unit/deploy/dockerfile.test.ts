import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cliVerbs, operatorPaths, readPage, ROOT, settingsOfTheProgram } from "../../support/readme.ts";

type Instruction = { name: string; rest: string };

/** Instructions of each stage; comments dropped, continued lines joined. */
function stages(dockerfile: string): Instruction[][] {
  const lines = dockerfile
    .replace(/^#.*\n/gm, "")
    .replaceAll("\\\n", " ")
    .split("\n");
  const instructions = lines
    .filter((line) => line.trim() !== "")
    .map((line) => ({ name: line.split(" ")[0]!, rest: line.slice(line.indexOf(" ") + 1).trim() }));
  const found: Instruction[][] = [];
  for (const instruction of instructions) {
    if (instruction.name === "FROM") found.push([]);
    found.at(-1)!.push(instruction);
  }
  return found;
}

const [build = [], final = []] = stages(readPage("Dockerfile"));
const all = [...build, ...final];
const named = (name: string, from = all) => from.filter((one) => one.name === name).map((one) => one.rest);

test("both stages stand on the same slim Node of version 24 or newer", () => {
  const images = named("FROM").map((from) => from.split(" ")[0]!);

  expect(new Set(images).size).toBe(1);
  const [, major, variant] = /^node:(\d+)-(.+)$/.exec(images[0]!)!;
  expect(Number(major)).toBeGreaterThanOrEqual(24);
  expect(variant).toMatch(/-slim$/);
});

test("what is copied from the checkout exists and reaches the builder", () => {
  const allowed = readPage(".dockerignore")
    .split("\n")
    .filter((line) => line.startsWith("!"));
  const copied = named("COPY").filter((rest) => !rest.startsWith("--from="));
  const sources = copied.flatMap((rest) => rest.split(/\s+/).slice(0, -1));

  expect(sources.length).toBeGreaterThan(5);
  expect(sources).toContain("providers");
  for (const source of sources) {
    expect(existsSync(join(ROOT, source)), source).toBe(true);
    expect(allowed).toContain(`!${source.replace(/^\.\//, "")}`);
  }
});

test("the builder sees nothing that is not copied, least of all .env, data and .git", () => {
  const lines = readPage(".dockerignore")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

  expect(lines[0]).toBe("*");
  expect(lines.slice(1).every((line) => line.startsWith("!"))).toBe(true);
  expect(lines).not.toContain("!.env");
});

test("sources that the build needs are copied", () => {
  const copied = named("COPY", build).join(" ");

  for (const needed of ["src", "workers", "tsconfig.json", "tsconfig.build.json", "package-lock.json"]) {
    expect(copied).toContain(needed);
  }
});

test("packages come from the lockfile without scripts, and what only the build needs is left behind", () => {
  const run = named("RUN", build).join(" && ");

  expect(run).toContain("npm ci --ignore-scripts");
  expect(run.indexOf("npm run build")).toBeLessThan(run.indexOf("npm prune --omit=dev --ignore-scripts"));
  const scripts = JSON.parse(readPage("package.json")) as { scripts: Record<string, string> };
  expect(scripts.scripts).toHaveProperty("build");
});

test("it runs as a user without rights who owns /data, the one place that is written to", () => {
  expect(named("USER", final)).toEqual(["node"]);
  expect(named("RUN", final)).toEqual(["mkdir /data && chown node:node /data"]);
  expect(named("VOLUME", final)).toEqual(["/data"]);
});

test("what it sets are settings of ours, and both listeners are reachable from outside the container", () => {
  const set = Object.fromEntries(
    named("ENV", final)[0]!
      .split(/\s+/)
      .map((pair) => pair.split("=")),
  );
  const settings = settingsOfTheProgram();

  expect(set).toMatchObject({ NODE_ENV: "production", HOST: "0.0.0.0", DATA_DIR: "/data" });
  for (const name of Object.keys(set)) expect(settings.has(name) || name === "NODE_ENV", name).toBe(true);
  expect(named("EXPOSE", final)).toEqual([`${set["PORT"]} ${set["OPERATOR_PORT"]}`]);
});

test("it starts in exec form what package.json names as the program, with a verb that exists", async () => {
  const { bin } = JSON.parse(readPage("package.json")) as { bin: { otpost: string } };
  const entry = JSON.parse(named("ENTRYPOINT", final)[0]!) as string[];
  const [verb] = JSON.parse(named("CMD", final)[0]!) as string[];

  expect(entry).toEqual(["node", "--enable-source-maps", bin.otpost]);
  expect(existsSync(join(ROOT, bin.otpost.replace(/^dist\//, "").replace(/\.js$/, ".ts")))).toBe(true);
  expect([...(await cliVerbs()).keys()]).toContain(verb);
});

test("the health check is an array that asks a route which both commands serve", () => {
  const check = named("HEALTHCHECK", final)[0]!;
  const [file, flag, script] = JSON.parse(check.slice(check.indexOf("CMD ") + 4)) as string[];

  expect([file, flag]).toEqual(["node", "-e"]);
  const [, setting, path] = /process\.env\.(\w+) \+ '([^']+)'/.exec(script!)!;
  expect(setting).toBe("OPERATOR_PORT");
  expect(operatorPaths()).toContain(path);
  expect(spawnSync(process.execPath, ["--check", "-"], { input: script! }).status).toBe(0);
});
