import fc from "fast-check";
import { getCountries, getExampleNumber } from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples";
import { describe, expect, test } from "vitest";
import { codeIn, countSegments } from "../../src/core/message.ts";
import { isMsisdn, maskMsisdn, parseMsisdn } from "../../src/core/phone.ts";
import { DEFAULT_RULES } from "../../src/core/rules.ts";
import { retryDelayMs } from "../../src/core/retry.ts";

const aRegion = fc.option(fc.constantFrom(...getCountries()), { nil: undefined });
const digits = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 16 })
  .map((d) => d.join(""));
const typed = fc
  .tuple(fc.constantFrom("", "+", "00", "0", "(+"), digits, fc.constantFrom("", " ", "-", ".", "\u00A0"))
  .map(([prefix, number, separator]) => prefix + number.match(/.{1,3}/g)!.join(separator));

describe("numbers", () => {
  test("a parsed number is in the inner form and parses to itself, in any region", () => {
    fc.assert(
      fc.property(typed, aRegion, aRegion, (raw, region, other) => {
        const parsed = parseMsisdn(raw, region);
        if (typeof parsed !== "string") return;
        expect(isMsisdn(parsed)).toBe(true);
        expect(parseMsisdn(parsed, other)).toBe(parsed);
      }),
      { numRuns: 2_000 },
    );
  });

  test("anything at all is parsed or refused with a reason", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.string({ maxLength: 3 }),
        (raw, region) => {
          const parsed = parseMsisdn(raw, region);
          expect(typeof parsed === "string" ? isMsisdn(parsed) : typeof parsed.fault === "string").toBe(true);
        },
      ),
    );
  });

  test("every country's mobile number is read from its printed forms and its mask hides it", () => {
    for (const country of getCountries()) {
      const example = getExampleNumber(country, examples)!;
      for (const form of [example.number, example.formatInternational(), example.number.replace("+", "00")]) {
        expect(parseMsisdn(form, undefined), `${country} ${form}`).toBe(example.number);
      }
      expect(parseMsisdn(example.formatNational(), country), country).toBe(example.number);
      const masked = maskMsisdn(parseMsisdn(example.number, undefined) as never);
      expect(masked).toHaveLength(example.number.length);
      expect(masked.slice(0, -2), country).toBe(
        `+${example.countryCallingCode}${"*".repeat(example.nationalNumber.length - 2)}`,
      );
    }
  });
});

describe("the wait before a retry", () => {
  test("lies within [0, cap) and is whole; what the provider asks for is its floor", () => {
    const caps = fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 5 });
    const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(caps, fraction, fc.nat(60_000), (capsMs, random, askedMs) => {
        for (const [index, capMs] of capsMs.entries()) {
          const delayMs = retryDelayMs(index + 1, capsMs, undefined, () => random)!;
          expect(Number.isInteger(delayMs) && delayMs >= 0 && delayMs < capMs).toBe(true);
          expect(retryDelayMs(index + 1, capsMs, askedMs, () => random)).toBe(Math.max(delayMs, askedMs));
        }
        expect(retryDelayMs(capsMs.length + 1, capsMs, askedMs, () => random)).toBeUndefined();
      }),
    );
  });

  test("all default waits together stay inside a route's time", () => {
    const { capsMs, budgetMs } = DEFAULT_RULES.retry;
    expect(capsMs.reduce((sum, capMs) => sum + capMs, 0)).toBeLessThanOrEqual(budgetMs);
  });
});

describe("texts", () => {
  const text = fc.string({
    unit: fc.constantFrom(...Array.from("aZ9 \n@\u00E9\u20AC{}[]~|^\\\u00E7\u044F\u{1F511}")),
    maxLength: 400,
  });

  test("segments never fall when something is added behind", () => {
    fc.assert(
      fc.property(text, text, (head, tail) => {
        expect(countSegments(head + tail).segments).toBeGreaterThanOrEqual(countSegments(head).segments);
      }),
    );
  });

  test("segments are at least what the characters alone would need, and one torn character each at most more", () => {
    fc.assert(
      fc.property(text, (content) => {
        const { encoding, segments } = countSegments(content);
        const extended = content.match(/[\^{}\\[~\]|\u20AC]/g)?.length ?? 0;
        const [units, single, joined] =
          encoding === "gsm-7" ? [content.length + extended, 160, 153] : [content.length, 70, 67];
        expect(segments === 1).toBe(units <= single);
        expect(segments).toBeGreaterThanOrEqual(units <= single ? 1 : Math.ceil(units / joined));
        expect(segments).toBeLessThanOrEqual(units <= single ? 1 : Math.ceil(units / (joined - 1)));
      }),
    );
  });

  test("a code of 4 to 8 digits is found wherever it stands among other than digits", () => {
    const words = fc.string({ unit: fc.constantFrom(...Array.from("ab \u00E9\u044F.,:-")), maxLength: 20 });
    const code = fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: 4, maxLength: 8 })
      .map((d) => d.join(""));
    fc.assert(
      fc.property(words, code, words, (before, found, after) => {
        expect(codeIn(before + found + after)).toBe(found);
      }),
    );
  });
});
