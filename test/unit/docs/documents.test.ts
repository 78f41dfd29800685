import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FRONT_ENDS } from "../../../src/http/compat/table.ts";
import {
  brokenLinks,
  callFault,
  cliVerbs,
  codeBlocks,
  inlineCode,
  operatorCalls,
  operatorPaths,
  PAGES,
  publicCalls,
  readPage,
  ROOT,
  settingsOfTheProgram,
  tableBelow,
} from "../../support/readme.ts";

/** Everything that a page shows in code type, but what a program printed (`text`). */
function shown(path: string): string[] {
  const page = readPage(path);
  const blocks = codeBlocks(page).filter(({ language }) => language !== "text");
  return [...inlineCode(page), ...blocks.flatMap(({ text }) => text.split("\n"))];
}

/** Begins like a path of ours. */
const OURS = /^\/(v1|compat|reports|livez|readyz|metrics|queues|login|logout|docs|openapi)/;

/** What a path leaves open may have any name. */
function withoutNames(text: string): string {
  return text.replace(/<\w+>|\{\w+\}/g, "{}");
}

describe.each(PAGES)("%s", (path) => {
  test("every relative link leads somewhere", () => {
    expect(brokenLinks(path)).toEqual([]);
  });

  test("every npm command that it names exists", () => {
    const { scripts } = JSON.parse(readPage("package.json")) as { scripts: Record<string, string> };
    const named = shown(path).flatMap((text) => [...text.matchAll(/\bnpm (run )?(start|test|[a-z-]+)/g)]);
    const builtIn = new Set(["ci", "start", "test"]);

    for (const [all, run, name = ""] of named) {
      expect(run ? name in scripts : builtIn.has(name), all).toBe(true);
    }
  });

  test("every otpost call that it names exists, with its options", async () => {
    const verbs = await cliVerbs();
    const calls = shown(path).flatMap((text) => [...text.matchAll(/(?<![\w/.-])otpost ([a-z][^#|]*)/g)]);

    const faults = calls.map(([, words = ""]) => callFault(verbs, words.trim().split(/\s+/)));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  test("every call and path of ours that it names is served", () => {
    const calls = [...publicCalls(), ...operatorCalls()].map(withoutNames);
    const paths = [...calls.map((call) => call.split(" ")[1]!), ...operatorPaths()];
    const served = (one: string) => paths.some((p) => p === one || (one.endsWith("/") && p.startsWith(one)));
    for (const text of inlineCode(readPage(path)).map(withoutNames)) {
      if (/^(GET|POST|PUT|DELETE) \//.test(text)) expect(calls).toContain(text);
      else if (OURS.test(text)) expect([text, served(text)]).toEqual([text, true]);
    }
  });

  test("every setting that it names exists", () => {
    const known = settingsOfTheProgram();
    const elsewhere = new Set([
      "REDIS_PASSWORD",
      "NODE_ENV",
      "TWIN_REPORT_URL",
      "BIND_ADDRESS",
      "REDIS_MAXMEMORY",
    ]);
    const names = inlineCode(readPage(path)).filter((text) => /^[A-Z]+(_[A-Z0-9]+)+$/.test(text));

    expect(names.filter((name) => !known.has(name) && !elsewhere.has(name))).toEqual([]);
  });

  test("no machine's own path and no leftover marks", () => {
    expect(readPage(path)).not.toMatch(/\/(work|tmp|home|root)\/|TODO|FIXME|XXX/);
  });
});

test("the checks above look at pages and are able to fail", async () => {
  expect(PAGES.length).toBeGreaterThanOrEqual(5);
  expect(shown("README.md").some((text) => text.startsWith("otpost clients add"))).toBe(true);
  expect(callFault(await cliVerbs(), "clients add cloud --nonsense".split(" "))).toBe(
    "add has no --nonsense",
  );
});

test("the README's table of settings is the program's: names, order of providers, defaults", () => {
  const rows = tableBelow(readPage("README.md"), "Configuration").map(([name, fallback]) => [name, fallback]);
  const program = settingsOfTheProgram();

  expect(new Map(rows as [string, string][])).toEqual(program);
  expect(rows).toHaveLength(program.size);
});

test("the README's table of calls is the public listener's", () => {
  const named = tableBelow(readPage("README.md"), "API").flatMap(([cell = ""]) => cell.split(", "));
  const left = publicCalls().filter((call) => !named.includes(call));

  expect(named.filter((call) => !publicCalls().includes(call))).toEqual([]);
  // The other form of two rows, and the pages that the sentence above the table names.
  expect(left.toSorted()).toEqual([
    "GET /",
    "GET /compat/playsms/index.php",
    "GET /docs",
    "GET /openapi.json",
    "GET /reports/{provider}/{token}",
  ]);
});

test("the page on front ends names all of them, with every address", () => {
  const rows = tableBelow(readPage("docs/front-ends.md"), "Front ends");
  expect(rows.map(([name]) => name)).toEqual(FRONT_ENDS.map(({ name }) => name));
  for (const [index, { bases }] of FRONT_ENDS.entries()) {
    const addresses = bases.map((base) => `https://otp.example.org${base.replace(/:(\w+)/, "<$1>")}`);
    expect(rows[index]?.[1]?.split(" or ")).toEqual(addresses);
  }
});

test("the README's layout names folders that exist, and no folder of src is left out", () => {
  const named = tableBelow(readPage("README.md"), "Layout").flatMap(([cell = ""]) => cell.split(", "));
  const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true });
  const inSource = folders.filter((entry) => entry.isDirectory()).map(({ name }) => `src/${name}`);

  expect(named.filter((folder) => folder.startsWith("src/")).toSorted()).toEqual(inSource.toSorted());
  for (const folder of named) expect(readdirSync(join(ROOT, folder)).length, folder).toBeGreaterThan(0);
});

test("test/README.md names the projects of the test suite", () => {
  const named = tableBelow(readPage("test/README.md"), "Tests").map(([name]) => name);
  const projects = [...readPage("vitest.config.ts").matchAll(/\bname: "(\w+)"/g)].map(([, name]) => name);

  expect(named).toEqual(projects);
});
