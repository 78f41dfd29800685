import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { mayDo, type Operator, type Role } from "../../core/operator.ts";
import { raw } from "../answer.ts";
import { assetPath } from "./assets.ts";
import { footer } from "./footer.tsx";
import { NAVIGATION, type PageName } from "./navigation.ts";
import { readerOf } from "./reader.ts";
import type { Language } from "./texts.ts";
import { shellTexts } from "./texts/shell.ts";

export type PageOptions = {
  title: string;
  /** The entry of the navigation that this page belongs to. */
  active?: PageName | undefined;
  /** 200 when absent. */
  status?: number;
  /** Loads the chart library. */
  charts?: true;
  headers?: Record<string, string>;
  /** What the heading says besides the title. */
  aside?: Child;
  /** Where the browser goes from here by itself, at once. */
  goesOnTo?: string;
};

/** Scripts, styles and pictures of our own files only, nothing inline; what breaks this is told to us. */
const CONSOLE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // Pico draws the arrows of selects and details as data URLs.
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "report-uri /csp-reports",
].join("; ");

const HEADERS = {
  "content-security-policy": CONSOLE_CSP,
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

/** A whole page of the console, in the language, theme and time zone of who asks. Everything inside is escaped. */
export function page(c: Context, options: PageOptions, content: Child): Response {
  const reader = readerOf(c);
  const operator = c.get("operator") as Operator | undefined;
  const theme = reader.theme === "auto" ? {} : { "data-theme": reader.theme };
  const document: { toString: () => string } = (
    <html lang={reader.language} {...theme}>
      {head(options)}
      <body>
        <a class="skip" href="#main">
          {shellTexts[reader.language].skip}
        </a>
        {banner(reader.language, operator, options.active)}
        <main id="main" tabindex={-1}>
          <div class="heading">
            <h1>{options.title}</h1>
            {options.aside ?? null}
          </div>
          {content}
        </main>
        {footer(c, reader)}
      </body>
    </html>
  );
  const html = `<!DOCTYPE html>${document.toString()}`;
  return raw(options.status ?? 200, html, "text/html; charset=utf-8", { ...HEADERS, ...options.headers });
}

function head({ title, charts, goesOnTo }: PageOptions) {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="robots" content="noindex" />
      <meta name="color-scheme" content="light dark" />
      {goesOnTo === undefined ? null : <meta http-equiv="refresh" content={`0; url=${goesOnTo}`} />}
      <title>{`${title} · otpost`}</title>
      <link rel="icon" href="data:," />
      <link rel="stylesheet" href={assetPath("pico.css")} />
      {charts ? <link rel="stylesheet" href={assetPath("uplot.css")} /> : null}
      <link rel="stylesheet" href={assetPath("console.css")} />
      {charts ? <script src={assetPath("uplot.js")} defer></script> : null}
      {charts ? <script src={assetPath("charts.js")} defer></script> : null}
      <script src={assetPath("live.js")} defer></script>
    </head>
  );
}

function banner(language: Language, operator: Operator | undefined, active: PageName | undefined) {
  const words = shellTexts[language];
  return (
    <header class="banner">
      <a class="brand" href="/">
        otpost
      </a>
      {operator ? (
        <>
          <nav aria-label={words.pages}>
            <ul>
              {NAVIGATION.filter(({ role }) => mayDo(operator.role, role)).map((entry) => (
                <li>
                  <a href={entry.path} {...(entry.page === active ? { "aria-current": "page" } : {})}>
                    {words[entry.page]}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <form class="who" method="post" action="/logout">
            <span>
              {words.loggedInAs} <strong>{operator.name}</strong> ({roleWord(language, operator.role)})
            </span>
            <button type="submit" class="quiet">
              {words.logOut}
            </button>
          </form>
        </>
      ) : null}
    </header>
  );
}

/** What a role is called. */
export function roleWord(language: Language, role: Role): string {
  const words = shellTexts[language];
  switch (role) {
    case "viewer":
      return words.roleViewer;
    case "helpdesk":
      return words.roleHelpdesk;
    case "operator":
      return words.roleOperator;
    case "admin":
      return words.roleAdmin;
  }
}
