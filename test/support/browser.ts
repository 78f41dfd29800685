import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { closeLater } from "./service.ts";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A missing browser fails the tests: they would prove nothing by being left out. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = PROGRAMS.find((file) => existsSync(file));
  if (executablePath === undefined) throw new Error("Chromium is missing: apt-get install -y chromium");
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  closeLater(() => browser.close());
  return browser;
}

export type WatchedPage = {
  page: Page;
  /** What a page must not do: ask another host, fail to load a file of ours, or complain. */
  complaints: () => string[];
  requests: () => string[];
};

/** A page that nobody has been logged in on, with everything it asks for written down. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    const url = request.url();
    requests.push(url);
    const own = url.startsWith(`${origin}/`) || /^(data|blob|about):/.test(url);
    if (!own) complaints.push(`asked ${url}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  // What the page's own policy stops, also where the browser writes nothing to the console about it.
  await page.addInitScript(
    "document.addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`))",
  );
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => {
    // A page that is left while it still polls ends its own calls.
    const why = request.failure()?.errorText ?? "";
    if (why !== "net::ERR_ABORTED") complaints.push(`failed ${request.url()}: ${why}`);
  });
  return { page, complaints: () => complaints, requests: () => requests };
}

/** Nothing sticks out to the side, which on a telephone means that nothing is out of reach. */
export async function overflowPx(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}

/** Mean brightness of what is behind the page, 0 dark to 255 bright. */
export async function backgroundBrightness(page: Page): Promise<number> {
  const colour = await page.evaluate<string>(
    "getComputedStyle(document.documentElement).backgroundColor + '|' + getComputedStyle(document.body).backgroundColor",
  );
  const painted = colour.split("|").find((one) => !one.endsWith(", 0)")) ?? "rgb(255, 255, 255)";
  const channels = [...painted.matchAll(/\d+(\.\d+)?/g)].slice(0, 3).map(([digits]) => Number(digits));
  return channels.reduce((sum, one) => sum + one, 0) / channels.length;
}

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

type Violation = { id: string; impact: string | null; help: string; nodes: { target: unknown[] }[] };

/** What axe-core finds serious or critical on the page as it is, one line each. */
export async function axe(page: Page): Promise<string[]> {
  // Evaluated from outside, so the policy of the page stays as it is.
  await page.evaluate(`(() => { const module = undefined; ${AXE} })()`);
  const found = await page.evaluate<Violation[]>("window.axe.run().then((result) => result.violations)");
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`,
    );
}

export type Look = "light" | "dark" | "phone";

/** How a page is looked at. */
export const LOOKS: Record<Look, BrowserContextOptions> = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, locale: "de-DE" },
};

const SCREENSHOTS = join(import.meta.dirname, "../../reports/screenshots");

/** For people to look at: reports/screenshots/<name>-<look>.png. */
export async function screenshot(page: Page, name: string, look: Look): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}-${look}.png`), fullPage: true });
}

/** Logs in by the form of the console. */
export async function logIn(page: Page, operatorUrl: string, token: string): Promise<void> {
  await page.goto(`${operatorUrl}/login`);
  await page.locator("#token").fill(token);
  await page.locator("main button[type=submit]").click();
  await page.locator("form.who").waitFor();
}
