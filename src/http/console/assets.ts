import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Route } from "../route.ts";
import { ApiError } from "../problem.ts";
import { raw } from "../answer.ts";

/** Style sheets and scripts of the console. Libraries come from their packages, so that updates are npm's. */

type Asset = { read: () => string; type: string };

const CSS = "text/css; charset=utf-8";
const JS = "text/javascript; charset=utf-8";
const require = createRequire(import.meta.url);

const ASSETS = {
  "pico.css": { read: () => packaged(require.resolve("@picocss/pico/css/pico.min.css")), type: CSS },
  "uplot.css": { read: () => packaged(require.resolve("uplot/dist/uPlot.min.css")), type: CSS },
  "uplot.js": { read: () => packaged(require.resolve("uplot/dist/uPlot.iife.min.js")), type: JS },
  "console.css": { read: () => own("console.css"), type: CSS },
  "live.js": { read: () => own("live.js"), type: JS },
  "charts.js": { read: () => own("charts.js"), type: JS },
} as const satisfies Record<string, Asset>;

export type AssetName = keyof typeof ASSETS;

type Loaded = { file: string; body: string; type: string };

/** A year: the name changes with the content. */
const KEPT = "public, max-age=31536000, immutable";

const loaded = new Map<AssetName, Loaded>();

/** Where a page finds it: `/assets/<name>.<hash>.<ext>`. */
export function assetPath(name: AssetName): string {
  return `/assets/${load(name).file}`;
}

/** Open to everybody, for the login page needs them. A name of an earlier version gets nothing. */
export function serveAsset(): Route["handle"] {
  return (c) => {
    const names = Object.keys(ASSETS) as AssetName[];
    const found = names.map(load).find(({ file }) => file === c.req.param("file"));
    if (!found) throw new ApiError("not_found", "There is no such file; reload the page that names it.");
    return raw(200, found.body, found.type, { "cache-control": KEPT });
  };
}

/** Read once, when the first page wants it. */
function load(name: AssetName): Loaded {
  const known = loaded.get(name);
  if (known) return known;
  const { read, type } = ASSETS[name];
  const body = read();
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 12);
  const [stem, extension] = name.split(".");
  const asset = { file: `${stem}.${hash}.${extension}`, body, type };
  loaded.set(name, asset);
  return asset;
}

/** The comments at the ends name source maps that are not served. */
function packaged(path: string): string {
  return readFileSync(path, "utf8").replace(/\/[/*]# sourceMappingURL=.*$/gm, "");
}

/** They are no TypeScript, so they stay in src/ when the rest is built into dist/src/. */
function own(file: string): string {
  const places = [`./assets/${file}`, `../../../../src/http/console/assets/${file}`];
  for (const place of places) {
    const text = readIfThere(new URL(place, import.meta.url));
    if (text !== undefined) return text;
  }
  throw new Error(`src/http/console/assets/${file} is missing: it belongs beside the program`);
}

function readIfThere(place: URL): string | undefined {
  try {
    return readFileSync(place, "utf8");
  } catch {
    return undefined;
  }
}
