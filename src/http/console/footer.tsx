import type { Context } from "hono";
import { formatOf } from "./format.ts";
import { type Reader, THEMES } from "./reader.ts";
import { type Language, LANGUAGES } from "./texts.ts";
import { shellTexts } from "./texts/shell.ts";

/** The end of every page: how old it is, in which zone, and how it is read. */
export function footer(c: Context, reader: Reader) {
  const words = shellTexts[reader.language];
  const here = c.req.method === "GET" ? c.req.path : "/";
  const asOf = `${formatOf(reader).zoned(Date.now())} (${reader.zone})`;
  return (
    <footer>
      <p>
        {words.asOf(asOf)} · <a href={here}>{words.reload}</a>{" "}
        <span id="live-state" role="status" data-live-on={words.live} data-live-off={words.notLive}></span>
      </p>
      <form method="post" action="/preferences" class="choices">
        <input type="hidden" name="back" value={here} />
        {choices(
          "language",
          words.language,
          reader.language,
          LANGUAGES.map((one) => [one, LANGUAGE_NAMES[one]]),
        )}
        {choices(
          "theme",
          words.theme,
          reader.theme,
          THEMES.map((one) => [one, words[one]]),
        )}
      </form>
    </footer>
  );
}

/** In their own language, for whoever cannot read the present one. */
const LANGUAGE_NAMES: Record<Language, string> = { en: "English", de: "Deutsch" };

/** Buttons, for they work without a script; the page comes back as it was. */
function choices(name: string, legend: string, chosen: string, all: readonly (readonly [string, string])[]) {
  return (
    <div role="group" aria-label={legend} class="choice">
      <span aria-hidden="true">{legend}</span>
      {all.map(([value, text]) => (
        <button
          type="submit"
          class="quiet"
          name={name}
          value={value}
          {...(name === "language" ? { lang: value } : {})}
          aria-pressed={value === chosen ? "true" : "false"}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
