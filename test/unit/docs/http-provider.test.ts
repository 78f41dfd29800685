import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { httpFileJsonSchema } from "../../../src/providers/http/json-schema.ts";
import { readHttpFile, readHttpFileIn } from "../../../src/providers/http/read.ts";
import { httpFileSchema } from "../../../src/providers/http/schema.ts";
import { PLACEHOLDERS } from "../../../src/providers/http/template.ts";
import { placesOf } from "../../../src/providers/http/places.ts";
import { codeBlocks, inlineCode, readPage, ROOT } from "../../support/readme.ts";
import { SHIPPED_FILES } from "../../support/provider-files.ts";

const PAGE = "docs/http-provider.md";
const SCHEMA = "docs/schema/http-provider.schema.json";
const page = readPage(PAGE);
const [example = "", ...others] = codeBlocks(page).flatMap((one) =>
  one.language === "json" ? [one.text] : [],
);

type Schema = {
  properties?: Record<string, Schema>;
  enum?: string[];
  const?: string;
  [more: string]: unknown;
};

/** Names of fields and words of enumerations, at any depth. */
function wordsOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(wordsOf);
  if (typeof schema !== "object" || schema === null) return [];
  const { properties, enum: words = [], const: word, ...rest } = schema as Schema;
  const own = [...Object.keys(properties ?? {}), ...words, ...(word === undefined ? [] : [word])];
  return [
    ...own,
    ...Object.values(properties ?? {}).flatMap(wordsOf),
    ...Object.values(rest).flatMap(wordsOf),
  ];
}

describe("the published schema", () => {
  it("is the program's: print it with `otpost routes schema`", () => {
    expect(JSON.parse(readPage(SCHEMA))).toEqual(JSON.parse(httpFileJsonSchema()));
  });

  it("is where the files and the page say", () => {
    for (const file of SHIPPED_FILES) {
      const { $schema } = JSON.parse(readPage(file)) as { $schema: string };
      expect(existsSync(join(ROOT, file, "..", $schema))).toBe(true);
    }
    expect(existsSync(join(ROOT, PAGE, "..", JSON.parse(example).$schema))).toBe(true);
  });
});

describe(PAGE, () => {
  it("shows one example, and it is a good file", () => {
    expect(others).toEqual([]);
    expect(readHttpFile(example)).toHaveProperty("file");
    expect(readHttpFileIn(example, (name) => (name.endsWith("BASE_URL") ? undefined : "x"))).toHaveProperty(
      "file",
    );
  });

  it("the example uses every part of the format", () => {
    expect(Object.keys(JSON.parse(example)).toSorted()).toEqual(Object.keys(httpFileSchema.shape).toSorted());
    const templates = placesOf(httpFileSchema.parse(JSON.parse(example)))
      .map(({ text }) => text)
      .join();
    for (const name of ["to", "text", "reference", "sender", "reportUrl", "id"]) {
      expect(templates).toContain(`{${name}}`);
    }
  });

  it("names every field, word and placeholder of the format", () => {
    const named = new Set(inlineCode(page));
    const words = new Set(wordsOf(JSON.parse(httpFileJsonSchema())));
    expect(words.size).toBeGreaterThan(60);
    expect([...words].filter((word) => !named.has(String(word)))).toEqual([]);
    expect(PLACEHOLDERS.filter((name) => !named.has(`{${name}}`))).toEqual([]);
  });

  it("names every variable of the shipped files", () => {
    const variables = SHIPPED_FILES.flatMap((file) => [...readPage(file).matchAll(/\$\{([A-Z_]+)/g)]);
    expect(variables.length).toBeGreaterThan(0);
    for (const [, name] of variables) expect(page).toContain(`\`\${${name}}\``);
  });
});
