import type { Route } from "../route.ts";
import { empty } from "../answer.ts";
import { requireSameOrigin } from "../same-origin.ts";
import { ownPath, readForm } from "./form.ts";
import { LANGUAGE_COOKIE, THEME_COOKIE, THEMES } from "./reader.ts";
import { LANGUAGES } from "./texts.ts";

const YEAR_S = 365 * 86_400;

/** Language and theme, kept in cookies of the browser: nobody has to be logged in to read the login page. */
export function savePreferences(operatorUrl: string | undefined): Route["handle"] {
  return async (c) => {
    requireSameOrigin(c, operatorUrl);
    const form = await readForm(c);
    const language = LANGUAGES.find((one) => one === form.get("language"));
    const theme = THEMES.find((one) => one === form.get("theme"));
    const answer = empty(303, { location: ownPath(form.get("back")) });
    if (language) answer.headers.append("set-cookie", cookie(LANGUAGE_COOKIE, language));
    if (theme) answer.headers.append("set-cookie", cookie(THEME_COOKIE, theme));
    return answer;
  };
}

function cookie(name: string, value: string): string {
  return `${name}=${value}; Path=/; SameSite=Strict; Max-Age=${YEAR_S}`;
}
