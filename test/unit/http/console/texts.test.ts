import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LANGUAGES, type Texts } from "../../../../src/http/console/texts.ts";

const SRC = join(import.meta.dirname, "../../../../src");
const FOLDER = join(SRC, "http/console/texts");
const FILES = readdirSync(FOLDER);

const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.includes("console/texts/"))
  .map((name) => readFileSync(join(SRC, name), "utf8"))
  .join("\n");

async function textsIn(file: string): Promise<Texts<Record<string, string>>> {
  const loaded = (await import(join(FOLDER, file))) as Record<string, Texts<Record<string, string>>>;
  const [texts] = Object.values(loaded);
  if (!texts) throw new Error(`${file} exports no texts`);
  return texts;
}

const isUsed = (name: string) => sources.includes(`.${name}`) || sources.includes(`page: "${name}"`);

test.each(FILES)("%s has the same words in every language, none empty", async (file) => {
  const texts = await textsIn(file);
  for (const language of LANGUAGES) {
    expect([language, Object.keys(texts[language])]).toEqual([language, Object.keys(texts.en)]);
    for (const [name, word] of Object.entries(texts[language]) as [string, unknown][]) {
      const isWord = typeof word === "function" || (typeof word === "string" && word.trim() !== "");
      expect([language, name, isWord]).toEqual([language, name, true]);
    }
  }
});

test.each(FILES)("every word of %s is used", async (file) => {
  const names = Object.keys((await textsIn(file)).en);
  expect(names.filter((name) => !isUsed(name) && !["auto", "light", "dark"].includes(name))).toEqual([]);
});

test("the check for use is able to fail", () => {
  expect(isUsed("nobodyEverUsesThisWord")).toBe(false);
  expect(FILES.length).toBeGreaterThan(3);
});
