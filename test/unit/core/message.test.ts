import { describe, expect, test } from "vitest";
import { codeIn, countSegments, parseText, purposeOf, textForCode } from "../../../src/core/message.ts";

describe("text", () => {
  test("is brought to NFC, its spaces to plain ones, its ends trimmed", () => {
    expect(parseText("  123456 ist Ihr Besta\u0308tigungscode\u00A0! ")).toBe(
      "123456 ist Ihr Best\u00E4tigungscode !",
    );
  });

  test.each(["", "   ", "\u00A0", "\n"])("%j is empty", (raw) => {
    expect(parseText(raw)).toEqual({ fault: "empty" });
  });

  test("is at most 1520 characters long, ends not counted", () => {
    expect(parseText(` ${"x".repeat(1_520)} `)).toHaveLength(1_520);
    expect(parseText("x".repeat(1_521))).toEqual({ fault: "too_long" });
  });

  test.each([
    ["NUL", "\u0000"],
    ["line feed", "\n"],
    ["tab", "\t"],
    ["escape", "\u001B"],
    ["C1 control", "\u0085"],
    ["soft hyphen", "\u00AD"],
    ["Arabic letter mark", "\u061C"],
    ["zero-width space", "\u200B"],
    ["zero-width joiner", "\u200D"],
    ["right-to-left mark", "\u200F"],
    ["right-to-left override", "\u202E"],
    ["word joiner", "\u2060"],
    ["isolate", "\u2066"],
    ["line separator", "\u2028"],
    ["paragraph separator", "\u2029"],
    ["byte order mark", "\uFEFF"],
    ["interlinear anchor", "\uFFF9"],
    ["Mongolian vowel separator", "\u180E"],
    ["private use", "\uE000"],
    ["half of a pair", "\uD83D"],
  ])("a %s is refused", (_, character) => {
    expect(parseText(`123${character}456`)).toEqual({ fault: "control_characters" });
  });

  test.each([
    "123456 \u043A\u043E\u0434",
    "\u062F\u0631\u06CC\u0627\u0641\u062A 123456",
    "\u9A57\u8B49\u78BC 123456",
    "\u{1F511} 123456",
  ])("%j is plain text", (text) => {
    expect(parseText(text)).toBe(text);
  });
});

describe("the code in a text", () => {
  test.each([
    ["012345 is your Nextcloud authentication code", "012345"],
    ["Su c\u00F3digo es 123456.", "123456"],
    ["012345on Sinu kood", "012345"],
    ["012345er koden din", "012345"],
    ["kood012345", "012345"],
    ["1234", "1234"],
    ["12345678", "12345678"],
    ["12 and 123 and 654321", "654321"],
  ])("%j holds %s", (text, code) => {
    expect(codeIn(text)).toBe(code);
  });

  test.each([
    "Two Factor Gateway test message",
    "",
    "123",
    "123456789",
    "123456 or 654321",
    "123456 and 123456",
    "in 2026: 123456",
    "\uFF11\uFF12\uFF13\uFF14\uFF15\uFF16",
  ])("%j holds none that is certain", (text) => {
    expect(codeIn(text)).toBeUndefined();
  });
});

describe("text for a bare code", () => {
  test.each([
    ["de", "Best\u00E4tigungscode"],
    ["de_AT", "Best\u00E4tigungscode"],
    ["FR-ca", "code de v\u00E9rification"],
    ["es", "para verificar su identidad"],
    ["it", "codice di verifica"],
    ["nl", "verificatiecode"],
    ["en", "is your verification code"],
    ["xx", "is your verification code"],
    ["", "is your verification code"],
    ["constructor", "is your verification code"],
    ["__proto__", "is your verification code"],
    [undefined, "is your verification code"],
  ])("%s: %s", (locale, words) => {
    const text = textForCode("A1b2C3d4E5", locale);
    expect(text).toContain(words);
    expect(text).toContain("A1b2C3d4E5");
    expect(text).not.toContain("{");
    expect(countSegments(text)).toEqual({ encoding: "gsm-7", segments: 1 });
  });
});

describe("segments", () => {
  test.each([
    ["nothing", "", 1],
    ["160", "a".repeat(160), 1],
    ["161", "a".repeat(161), 2],
    ["2 x 153", "a".repeat(306), 2],
    ["2 x 153 + 1", "a".repeat(307), 3],
    ["3 x 153", "a".repeat(459), 3],
    ["3 x 153 + 1", "a".repeat(460), 4],
    ["80 euro signs", "\u20AC".repeat(80), 1],
    ["80 euro signs and a letter", `${"\u20AC".repeat(80)}a`, 2],
    ["an escape sequence that would be torn", `${"a".repeat(152)}\u20AC${"a".repeat(152)}`, 3],
    ["the same a place earlier", `${"a".repeat(151)}\u20AC${"a".repeat(152)}`, 2],
  ])("GSM-7: %s", (_, text, segments) => {
    expect(countSegments(text)).toEqual({ encoding: "gsm-7", segments });
  });

  test.each([
    ["70", "\u044F".repeat(70), 1],
    ["71", "\u044F".repeat(71), 2],
    ["2 x 67", "\u044F".repeat(134), 2],
    ["2 x 67 + 1", "\u044F".repeat(135), 3],
    ["35 pairs", "\u{1F511}".repeat(35), 1],
    ["36 pairs", "\u{1F511}".repeat(36), 2],
    ["67 pairs, which 67 units cannot hold evenly", "\u{1F511}".repeat(67), 3],
    ["one letter outside of GSM-7", `${"a".repeat(69)}\u00E7`, 1],
    ["one letter too many", `${"a".repeat(70)}\u00E7`, 2],
  ])("UCS-2: %s", (_, text, segments) => {
    expect(countSegments(text)).toEqual({ encoding: "ucs-2", segments });
  });

  test("the alphabet is that of 3GPP TS 23.038", () => {
    const basic =
      "@\u00A3$\u00A5\u00E8\u00E9\u00F9\u00EC\u00F2\u00C7\n\u00D8\u00F8\r\u00C5\u00E5\u0394_\u03A6\u0393\u039B\u03A9\u03A0\u03A8\u03A3\u0398\u039E\u00C6\u00E6\u00DF\u00C9" +
      " !\"#\u00A4%&'()*+,-./0123456789:;<=>?\u00A1ABCDEFGHIJKLMNOPQRSTUVWXYZ\u00C4\u00D6\u00D1\u00DC\u00A7\u00BFabcdefghijklmnopqrstuvwxyz\u00E4\u00F6\u00F1\u00FC\u00E0";
    expect(basic).toHaveLength(127);
    const extended = "^{}\\[~]|\u20AC";
    for (const c of basic)
      expect(countSegments(c.repeat(160)), c).toEqual({ encoding: "gsm-7", segments: 1 });
    for (const c of basic)
      expect(countSegments(c.repeat(161)), c).toEqual({ encoding: "gsm-7", segments: 2 });
    for (const c of extended)
      expect(countSegments(c.repeat(81)), c).toEqual({ encoding: "gsm-7", segments: 2 });
    for (const c of "\u00E7`\u00E1\u0416\u2019") expect(countSegments(c).encoding, c).toBe("ucs-2");
  });
});

describe("purpose", () => {
  test.each([
    ["123456 is your Nextcloud authentication code", "123456", "login"],
    ["123456 ist dein Nextcloud-Authentifizierungscode", "123456", "login"],
    ["123456 \u0628\u0646\u0643\u0633\u062A \u0643\u0644\u0627\u0648\u062F", "123456", "login"],
    ["123456 is your Nextcloud verification code.", "123456", "enrolment"],
    ["123456 is your verification code.", "123456", "enrolment"],
    ["Two Factor Gateway test message", undefined, "test"],
    ["Test", undefined, "test"],
    ["Nextcloud", undefined, "test"],
  ] as const)("%j with code %s is %s", (text, code, purpose) => {
    expect(purposeOf({ code, text })).toBe(purpose);
  });
});

describe("joiners", () => {
  test("are spelling inside Persian words and a trick between Latin letters", () => {
    expect(parseText("کد تأیید نکست\u200Cکلاد شما 123456")).toContain("\u200C");
    expect(parseText("Your co\u200Cde 123456")).toEqual({ fault: "control_characters" });
  });
});
