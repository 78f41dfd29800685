import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { policyJsonSchema } from "../../../src/policy/json-schema.ts";
import { fieldsAt } from "../../../src/policy/fields.ts";
import { codeBlocks, readPage, ROOT, tableBelow } from "../../support/readme.ts";
import { faultsOf, policyOf } from "../../support/policy-ground.ts";

const PAGE = "docs/policy.md";
const page = readPage(PAGE);
const [example = "", ...others] = codeBlocks(page).flatMap((one) =>
  one.language === "yaml" ? [one.text] : [],
);

test("the published schema is the program's: print it with `otpost routes policy-schema`", () => {
  expect(JSON.parse(readPage("docs/schema/policy.schema.json"))).toEqual(JSON.parse(policyJsonSchema()));
});

test("the page shows one example, it is a good file without warnings, and its schema is where it says", () => {
  expect(others).toEqual([]);
  expect(faultsOf(example)).toEqual([]);
  expect(policyOf(example).warnings).toEqual([]);
  const schema = /\$schema=(\S+)/.exec(example)?.[1] ?? "";
  expect(existsSync(join(ROOT, "docs", schema))).toBe(true);
});

test("the example uses every section, and every field of a route and of a plan", () => {
  const [, ...sections] = fieldsAt([]);
  const fields = [...sections, ...fieldsAt(["routes", "any"]), ...fieldsAt(["plans", 0])];
  expect(fields.length).toBeGreaterThan(15);
  expect(fields.filter((field) => !new RegExp(`\\b${field}:`).test(example))).toEqual([]);
});

test("the page's table names every field", () => {
  const named = tableBelow(page, "Fields").map(([name]) => name);
  const fields = [...fieldsAt([]), ...fieldsAt(["routes", "any"]), ...fieldsAt(["plans", 0])];
  expect(fields.filter((f) => !named.includes(f) && !page.includes(`\`${f}\``))).toEqual([]);
});
