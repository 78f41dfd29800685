import { createHash } from "node:crypto";
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { page } from "./answer.ts";

/** System fonts and colours, so that nothing is loaded and light and dark follow the reader. */
const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--back:#fff;--box:#f6f8fa;--link:#0550ae}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b1;--line:#30363d;--back:#0d1117;--box:#161b22;--link:#79b8ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:54rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.6rem;margin:0 0 .5rem}h2{font-size:1.2rem;margin:2.5rem 0 .5rem}h3{font-size:1rem;margin:1.2rem 0 .3rem}
p{margin:.4rem 0}a{color:var(--link)}
code,pre{font:.9em/1.45 ui-monospace,monospace}code{overflow-wrap:anywhere}
pre{background:var(--box);border:1px solid var(--line);border-radius:6px;padding:.75rem;overflow-x:auto}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.93rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem 0;border-bottom:1px solid var(--line)}
section.call{border-top:1px solid var(--line);margin-top:2rem}
.method{display:inline-block;min-width:4.2rem;font-weight:600}.soft{color:var(--soft)}
form{max-width:22rem;margin-top:1.5rem}label{display:block;margin-bottom:.3rem}
input,button{font:inherit;width:100%;padding:.55rem .7rem;border:1px solid var(--line);border-radius:6px;background:var(--back);color:var(--ink)}
button{margin-top:.8rem;background:var(--link);color:var(--back);border:0;cursor:pointer}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.wrong{color:#b42318}@media (prefers-color-scheme:dark){.wrong{color:#ff9a8f}}
`;

const STYLE_HASH = `sha256-${createHash("sha256").update(STYLE).digest("base64")}`;

/** A whole page as an answer. Everything inside is escaped by the JSX runtime. */
export function htmlPage(status: number, title: string, content: Child, headers?: Record<string, string>) {
  const document: { toString: () => string } = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <link rel="icon" href="data:," />
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <main>{content}</main>
      </body>
    </html>
  );
  return page(status, "<!DOCTYPE html>" + document.toString(), STYLE_HASH, headers);
}
