import { expect, test } from "vitest";
import { holds, located, valueAt } from "../../../../src/providers/http/pointer.ts";

const DOCUMENT = JSON.parse(
  '{"ids":[7,"b"],"a/b":{"m~n":1},"":"empty","code":"100","n":null,"ok":true,"__proto__":{"x":1},"deep":{"list":[{"id":"z"}]}}',
) as unknown;

test.each([
  ["", DOCUMENT],
  ["/ids/0", 7],
  ["/ids/1", "b"],
  ["/ids/2", undefined],
  ["/ids/-1", undefined],
  ["/ids/00", undefined],
  ["/ids/length", undefined],
  ["/a~1b/m~0n", 1],
  ["/", "empty"],
  ["/deep/list/0/id", "z"],
  ["/code/0", undefined],
  ["/n", null],
  ["/n/x", undefined],
  ["/toString", undefined],
  ["/__proto__/x", 1],
  ["/ids/__proto__", undefined],
])("%s leads to %j", (pointer, value) => {
  expect(valueAt(DOCUMENT, pointer)).toEqual(value);
});

test.each([
  [{ pointer: "/code", equals: 100 }, true],
  [{ pointer: "/code", equals: "100" }, true],
  [{ pointer: "/code", equals: "10" }, false],
  [{ pointer: "/ids/0", equals: "7" }, true],
  [{ pointer: "/ok", equals: true }, true],
  [{ pointer: "/ok", equals: "true" }, false],
  [{ pointer: "/ids", equals: "7,b" }, false],
  [{ pointer: "/n", equals: "null" }, false],
  [{ pointer: "/n", exists: true }, false],
  [{ pointer: "/n", exists: false }, true],
  [{ pointer: "/code", exists: true, equals: "100", matches: "^1" }, true],
  [{ pointer: "/code", exists: true, equals: "100", matches: "^2" }, false],
  [{ pointer: "/ids", matches: "." }, false],
  [{ pointer: "/ids/0", matches: "^7$" }, true],
])("%j holds: %s", (condition, truth) => {
  expect(holds(DOCUMENT, condition)).toBe(truth);
});

test("a locator cuts a part out of a text", () => {
  const document = { uri: "/messages/ab-1", n: 12 };
  expect(located(document, { pointer: "/uri", match: "^/messages/(.+)$" })).toBe("ab-1");
  expect(located(document, { pointer: "/uri", match: "^/other/(.+)$" })).toBeUndefined();
  expect(located(document, { pointer: "/n", match: "(\\d)$" })).toBe("2");
  expect(located('Success "u-1"', { pointer: "", match: 'Success "([^"]+)"' })).toBe("u-1");
  expect(located(document, "/n")).toBe(12);
});
