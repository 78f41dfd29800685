import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { parse } from "hono/utils/cookie";
import { type Language, LANGUAGES } from "./texts.ts";

/** How one person reads the console. */
export type Reader = {
  language: Language;
  theme: Theme;
  /** IANA name of the time zone that times are shown in. */
  zone: string;
};

/** `auto` follows the system. */
export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** No secrets, so they need no prefix; the last one is written by our script, which knows the browser's zone. */
export const LANGUAGE_COOKIE = "otpost-language";
export const THEME_COOKIE = "otpost-theme";
const ZONE_COOKIE = "otpost-zone";

/** What was chosen counts, then what the browser says, then English in the zone of the machine. */
export function readerOf(c: Context): Reader {
  const cookies = parse(c.req.header("cookie") ?? "");
  const chosen = LANGUAGES.find((language) => language === cookies[LANGUAGE_COOKIE]);
  return {
    language: chosen ?? acceptedLanguage(c),
    theme: THEMES.find((theme) => theme === cookies[THEME_COOKIE]) ?? "auto",
    zone: usableZone(cookies[ZONE_COOKIE]) ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

function acceptedLanguage(c: Context): Language {
  const matched = accepts(c, {
    header: "Accept-Language",
    supports: [...LANGUAGES],
    default: "en",
    // de-AT is German as well.
    match: (accepted, { default: otherwise }) => {
      const wished = accepted.toSorted((a, b) => b.q - a.q).map(({ type }) => type.slice(0, 2).toLowerCase());
      return wished.find((one) => LANGUAGES.some((language) => language === one)) ?? otherwise;
    },
  });
  return LANGUAGES.find((language) => language === matched) ?? "en";
}

/** Comes from the browser, so it may be anything. */
function usableZone(zone: string | undefined): string | undefined {
  if (zone === undefined || !/^[A-Za-z0-9_+/-]{1,60}$/.test(zone)) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
