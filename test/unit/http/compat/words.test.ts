import { describe, expect, it } from "vitest";
import { contentOf, wordsOf } from "../../../../src/http/compat/words.ts";
import { ApiError } from "../../../../src/http/problem.ts";

const OURS = "482913 is your verification code.";

describe("what identity providers say in a text and a code", () => {
  it.each([
    ["a text and its code", "Use 482913 now, or 5551", "482913", "482913", "Use 482913 now, or 5551"],
    [
      "a code twice in the text",
      "482913 for you\n@id #482913",
      "482913",
      "482913",
      "482913 for you @id #482913",
    ],
    ["letters", "Use aB3dE6", "aB3dE6", "aB3dE6", "Use aB3dE6"],
    ["a code that is not in the text", "Use 482913", "111111", "482913", "Use 482913"],
    ["a code alone", "", "482913", "482913", OURS],
    ["a bare code as text", "482913", "", "482913", OURS],
    ["the same in both", "482913", "482913", "482913", OURS],
    ["a text in the field of the code", "", "Use 482913 now", "482913", "Use 482913 now"],
    ["a word as text", "Hello", "", undefined, "Hello"],
    ["line breaks", "Your code:\r\n\r\n482913\n", "", "482913", "Your code: 482913"],
  ])("%s", (_name, text, code, expected, said) => {
    expect(contentOf(wordsOf(text, code, undefined))).toEqual({ code: expected, text: said });
  });

  it("our text is in the language of the address, else in English", () => {
    const said = (locale: string) => contentOf(wordsOf("", "482913", locale)).text;
    expect(said("de-AT")).toBe("482913 ist Ihr Bestätigungscode.");
    expect(said("xx")).toBe(OURS);
  });

  it.each([
    ["nothing", { text: "" }, "invalid_text"],
    ["invisible characters", { text: "4829\u200B13" }, "invalid_text"],
    ["a short code", { code: "123" }, "invalid_request"],
    ["a long code", { code: "12345678901" }, "invalid_request"],
    ["an odd code", { code: "12-34" }, "invalid_request"],
  ])("%s is refused", (_name, words, code) => {
    const refused = (() => {
      try {
        return contentOf(words);
      } catch (error) {
        return error instanceof ApiError ? error.refusal : error;
      }
    })();
    expect(refused).toMatchObject({ code });
  });
});
