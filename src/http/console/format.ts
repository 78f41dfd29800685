import type { Reader } from "./reader.ts";

/** Numbers and times as a person reads them. */
export type Format = ReturnType<typeof formatOf>;

const LOCALES = { en: "en-GB", de: "de-DE" } as const;

export function formatOf({ language, zone }: Pick<Reader, "language" | "zone">) {
  const locale = LOCALES[language];
  const time = (options: Intl.DateTimeFormatOptions) => {
    return new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle: "h23", ...options });
  };
  const whole = time({ dateStyle: "medium", timeStyle: "medium" });
  const zoned = time({ hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
  const short = time({ hour: "2-digit", minute: "2-digit" });
  const number = (digits: number) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits });
  return {
    /** `1,234` or `1.234,5`. @param digits most digits behind the point, 0 by default */
    number: (value: number, digits = 0): string => number(digits).format(value),
    /** Of a share from 0 to 1: `98.5 %`; a dash where there is nothing to share. */
    percent: (share: number | undefined): string =>
      share === undefined || Number.isNaN(share) ? "–" : `${number(1).format(share * 100)} %`,
    /** @param micros millionths @param currency such as EUR */
    money: (micros: number, currency: string): string =>
      new Intl.NumberFormat(locale, { style: "currency", currency, maximumFractionDigits: 2 }).format(
        micros / 1_000_000,
      ),
    /** Date and time, without the zone, which stands at the end of the page. @param at epoch ms */
    instant: (at: number): string => whole.format(at),
    /** Hours and minutes. @param at epoch ms */
    clock: (at: number): string => short.format(at),
    /** Hours to seconds with the zone: `05:12:33 CET`. @param at epoch ms */
    zoned: (at: number): string => zoned.format(at),
    /** `0.8 s`, `12 s`, `4 min`, `3 h`, `2 d`: as exact as somebody wants to know. */
    duration: (ms: number): string => durationWords(ms, (value, digits) => number(digits).format(value)),
  };
}

function durationWords(ms: number, write: (value: number, digits: number) => string): string {
  const seconds = ms / 1_000;
  if (seconds < 10) return `${write(seconds, 1)} s`;
  if (seconds < 120) return `${write(seconds, 0)} s`;
  if (seconds < 7_200) return `${write(seconds / 60, 0)} min`;
  return seconds < 172_800 ? `${write(seconds / 3_600, 0)} h` : `${write(seconds / 86_400, 0)} d`;
}
