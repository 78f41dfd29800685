import type { Language } from "../core/language.ts";

const DAY_MS = 86_400_000;

/** Hours of 24 in both languages; a help desk reads them to people who look at their own clock. */
const LOCALES: Record<Language, string> = { en: "en-GB", de: "de-DE" };

/**
 * An instant as it is said: "09:05" today, "24 Nov, 09:05" otherwise. In the time zone of this process (TZ).
 * @param now epoch ms
 */
export function spokenInstant(language: Language, now: number, timeZone?: string): (at: number) => string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const time = new Intl.DateTimeFormat(LOCALES[language], {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...zone,
  });
  const day = new Intl.DateTimeFormat(LOCALES[language], { day: "numeric", month: "short", ...zone });
  return (at) => {
    const isToday = Math.abs(now - at) < DAY_MS && day.format(at) === day.format(now);
    return isToday ? time.format(at) : `${day.format(at)}, ${time.format(at)}`;
  };
}
