import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { z } from "zod";
import { settingsSchema } from "../../src/config.ts";
import { operations } from "../../src/http/openapi-operations.ts";
import { QUEUES_PATH } from "../../src/http/queues.ts";
import { PROVIDERS } from "../../src/providers/registry.ts";

/** What the documents say, taken apart for the tests that compare it with the program. */

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Every page that is held to account. */
export const PAGES = [
  "README.md",
  "CHANGELOG.md",
  "test/README.md",
  "integrations/nextcloud/README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

export type CodeBlock = { language: string; text: string };

export function codeBlocks(page: string): CodeBlock[] {
  const found = page.matchAll(/^ *```(\w*)[^\n]*\n(.*?)^ *```$/gms);
  return [...found].map(([, language = "", text = ""]) => ({ language, text }));
}

/** What stands in code type within the text, blocks left out. */
export function inlineCode(page: string): string[] {
  const prose = page.replace(/^ *```.*?^ *```$/gms, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);
}

/** Rows of the first table below a heading; cells without their code marks. */
export function tableBelow(page: string, heading: string): string[][] {
  const section = page.split(/^#{1,4} /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`There is no heading "${heading}"`);
  const lines = section.split("\n");
  const start = lines.findIndex((line) => /^\|[-| :]+\|$/.test(line));
  if (start < 0) throw new Error(`There is no table below "${heading}"`);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => !line.startsWith("|"));
  return rest.slice(0, end < 0 ? rest.length : end).map(cells);
}

function cells(row: string): string[] {
  return row
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("`", "").replaceAll("\\|", "|"));
}

/** Relative links and images of a page that lead nowhere. */
export function brokenLinks(path: string): string[] {
  const links = [...readPage(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return links.filter((target) => !/^(https?:|mailto:)/.test(target) && !leadsSomewhere(path, target));
}

function leadsSomewhere(path: string, target: string): boolean {
  const [file = "", anchor] = target.split("#");
  const found = file === "" ? path : join(dirname(path), file);
  if (!existsSync(join(ROOT, found))) return false;
  return anchor === undefined || anchors(readPage(found)).has(anchor);
}

/** GitHub's anchors: lower case, spaces to hyphens, other signs dropped. */
function anchors(page: string): Set<string> {
  const headings = [...page.matchAll(/^#{1,6} (.+)$/gm)].map(([, text = ""]) => text.toLowerCase());
  return new Set(headings.map((text) => text.replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")));
}

/** Every setting of the program with its default as it would be written, "none" where there is none. */
export function settingsOfTheProgram(): Map<string, string> {
  const shapes = [settingsSchema.shape, ...PROVIDERS.map((provider) => provider.settings.shape)];
  const settings = shapes.flatMap((shape) => Object.entries(shape as Record<string, z.ZodType>));
  return new Map(settings.map(([name, schema]) => [name, defaultOf(schema)]));
}

function defaultOf(schema: z.ZodType): string {
  const { success, data } = schema.safeParse(undefined);
  if (!success || data === undefined) return "none";
  if (typeof data === "boolean") return data ? "1" : "0";
  if (Array.isArray(data)) return data.length === 0 ? "none" : data.join(",");
  return typeof data === "string" ? data : JSON.stringify(data);
}

/** `METHOD path` of everything that the public listener takes. */
export function publicCalls(): string[] {
  return Object.entries(operations()).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** Paths of the operator listener, out of its route table. */
export function operatorPaths(): string[] {
  const table = readPage("src/http/operator-app.tsx").matchAll(/method: "\w+", path: "([^"]+)"/g);
  return [...table].map(([, path = ""]) => path).concat(QUEUES_PATH);
}

/** `METHOD path` of everything that the operator listener takes, its own pages apart. */
export function operatorCalls(): string[] {
  const table = readPage("src/http/operator-app.tsx").matchAll(/method: "(\w+)", path: "([^"]+)"/g);
  return [...table].map(([, method, path = ""]) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
}

export type ExampleSetting = { name: string; value: string; comment: string };

/** The entries of .env.example: a paragraph of comment, then the commented-out assignment. */
export function exampleSettings(): ExampleSetting[] {
  const entries = readPage(".env.example").matchAll(/((?:^# .*\n)+)^#([A-Z0-9_]+)=(.*)$/gm);
  return [...entries].map(([, comment = "", name = "", value = ""]) => ({
    name,
    value,
    comment: comment.replace(/^# /gm, "").replaceAll("\n", " ").trim(),
  }));
}

/** The verbs of the command line by name, built from the files of src/cli without running any. */
export async function cliVerbs(): Promise<Map<string, Command>> {
  const verbs = new Map<string, Command>();
  for (const file of readdirSync(join(ROOT, "src/cli"))) {
    if (!file.endsWith(".ts") || file === "main.ts") continue;
    const loaded = (await import(join(ROOT, "src/cli", file))) as Record<string, unknown>;
    for (const [name, make] of Object.entries(loaded)) {
      if (!name.endsWith("Command") || typeof make !== "function") continue;
      const command = make() as Command;
      verbs.set(command.name(), command);
    }
  }
  return verbs;
}

/** What is wrong with a call of otpost, or undefined; `words` begins with the verb. */
export function callFault(
  verbs: ReadonlyMap<string, Command>,
  [verb = "", ...rest]: readonly string[],
): string | undefined {
  const top = verbs.get(verb);
  if (!top) return `there is no verb ${verb}`;
  const inner = top.commands.find((one) => one.name() === rest[0]);
  if (!inner && top.commands.length > 0 && rest[0]) return `${verb} has no ${rest[0]}`;
  const { options } = inner ?? top;
  const known = new Set(options.map((option) => option.long));
  const given = rest.filter((word) => word.startsWith("--")).map((word) => word.split("=")[0]!);
  const unknown = given.find((word) => !known.has(word));
  return unknown === undefined ? undefined : `${(inner ?? top).name()} has no ${unknown}`;
}
