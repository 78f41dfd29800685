/** Words of the console, in each language that it speaks. */

export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

type Word = string | ((...parts: never[]) => string);

/** The same names with the same parts, in other words. */
type Likewise<T extends Record<string, Word>> = {
  readonly [Name in keyof T]: T[Name] extends (...parts: infer Parts) => string
    ? (...parts: Parts) => string
    : string;
};

export type Texts<T extends Record<string, Word>> = Readonly<Record<Language, Likewise<T>>>;

/**
 * The words of one page, in a file of its own in texts/. A missing or surplus German word does not compile, and a
 * test finds words that no page uses.
 */
export function defineTexts<const T extends Record<string, Word>>(en: T, de: Likewise<T>): Texts<T> {
  return { en: en as unknown as Likewise<T>, de };
}
