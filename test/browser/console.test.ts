import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningConsole, startConsole } from "../support/console.ts";
import { CLIENT_ID, CLIENT_SECRET, type OidcProvider, startOidcProvider } from "../support/oidc-provider.ts";
import { freePort } from "../support/ports.ts";
import { closeAll, closeLater, leftovers, NOTHING_LEFT } from "../support/service.ts";

let own: RunningConsole;
let provider: OidcProvider;
let origin: string;

beforeAll(async () => {
  provider = await startOidcProvider();
  closeLater(() => provider.stop());
  const port = await freePort();
  own = await startConsole({
    OPERATOR_PORT: String(port),
    OPERATOR_URL: `http://127.0.0.1:${port}`,
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: CLIENT_ID,
    OIDC_CLIENT_SECRET: CLIENT_SECRET,
    OIDC_ROLES: "support=helpdesk,admins=admin",
  });
  origin = own.origin;
});
afterAll(async () => {
  // No page of this file broke its own policy, not even in a way that no test looked for.
  expect(await own.cspReports()).toBe(0);
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

describe("logging in", () => {
  test("by the identity provider, and back to the page that was wanted", async () => {
    provider.become({ preferred_username: "kim", groups: ["admins"] });
    const { page } = await own.open({ locale: "en-GB" });
    await page.goto(`${origin}/audit`);
    await page.getByRole("button", { name: "Log in with your account" }).click();
    await page.locator("form.who").waitFor();
    expect(page.url()).toBe(`${origin}/audit`);
    expect(await page.locator("form.who").textContent()).toContain("kim (admin)");
    expect(await page.locator("tbody tr").first().textContent()).toContain("operator.login");
    await page.context().close();
  });

  test("by the identity provider, without a role: told so, and nothing is open", async () => {
    provider.become({ preferred_username: "lee", groups: ["others"] });
    const { page } = await own.open({ locale: "de-DE" });
    await page.goto(origin);
    await page.getByRole("button", { name: "Mit Ihrem Konto anmelden" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("kennt Sie als lee");
    await page.goto(origin);
    expect(page.url()).toBe(`${origin}/login`);
    await page.context().close();
  });

  test("by a token, with what its role may see, until it is revoked", async () => {
    const { page } = await own.loggedIn({}, await own.tokenOf("mo", "helpdesk"));
    const links = await page.getByRole("navigation").getByRole("link").allTextContents();
    expect(links).toEqual(["Overview", "Queues"]);
    await page.goto(`${origin}/operators`);
    expect(await page.getByRole("alert").textContent()).toContain("needs the role admin");
    await page.goto(origin);
    await own.otpost("operators", "revoke", "mo");
    // The live region notices by itself, and loading anew leads to the login.
    await page.waitForURL(/\/login/, { timeout: 15_000 });
    await page.context().close();
  });

  test("by the break-glass token, which raises an alert", async () => {
    const { page } = await own.loggedIn();
    await page.getByText("Somebody logged in with OPERATOR_TOKEN").first().waitFor();
    await page.goto(`${origin}/audit`);
    expect(await page.locator("tbody tr").first().textContent()).toContain("break-glass");
    await page.context().close();
  });
});

/** @param there an expression that holds once the focus has arrived */
async function tabTo(page: Page, there: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if (await page.evaluate<boolean>(there)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`The focus never came to where ${there}`);
}

describe("a page", () => {
  test("changes language and theme by its buttons, with and without scripts", async () => {
    for (const javaScriptEnabled of [true, false]) {
      const { page, complaints } = await own.loggedIn({ javaScriptEnabled });
      await page.goto(`${origin}/operators`);
      await page.getByRole("button", { name: "Deutsch" }).click();
      expect(page.url()).toBe(`${origin}/operators`);
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Bediener");
      await page.getByRole("button", { name: "dunkel" }).click();
      expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
      expect(await page.getByRole("button", { name: "dunkel" }).getAttribute("aria-pressed")).toBe("true");
      expect(complaints()).toEqual([]);
      await page.context().close();
    }
  });

  test("follows by itself what changes, and keeps the focus", async () => {
    const { page, complaints } = await own.loggedIn();
    await page.locator("#live-state.on").waitFor();
    await page.locator("[data-live] .scroll").first().focus();
    await own.otpost("routes", "stop", "telegram-gateway", "--why", "watched in a browser", "--for", "1m");
    await page.getByText("watched in a browser").first().waitFor({ timeout: 15_000 });
    expect(await page.evaluate("document.activeElement.matches('[data-live] .scroll')")).toBe(true);
    await own.otpost("routes", "auto", "telegram-gateway");
    expect(complaints()).toEqual([]);
    await page.goto(`${origin}/audit`);
    const rows = (await page.locator("tbody tr").allTextContents()).join("\n");
    expect(rows).toMatch(/cli:\w+.*route\.stop.*telegram-gateway/);
    await page.context().close();
  });

  test("is used by the keyboard alone: skip link, form, confirmation, token", async () => {
    const { page, complaints } = await own.loggedIn();
    await page.goto(`${origin}/operators`);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.className")).toBe("skip");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await tabTo(page, "document.activeElement.id === 'name'");
    await page.keyboard.type("keyboard");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(/operators\/add\?/);
    await tabTo(page, "document.activeElement.textContent === 'Add keyboard'");
    await page.keyboard.press("Enter");
    await page.locator("code.secret").waitFor();
    expect(await page.locator("code.secret").textContent()).toMatch(/^keyboard\.[\w-]{43}$/);
    expect(complaints()).toEqual([]);
    await page.context().close();
  });

  test("reads without scripts: the figures are there, and a link loads them anew", async () => {
    const { page } = await own.loggedIn({ javaScriptEnabled: false });
    expect(await page.getByText("telegram-gateway", { exact: true }).count()).toBeGreaterThan(0);
    await page.getByRole("link", { name: "Reload" }).click();
    expect(page.url()).toBe(`${origin}/`);
    await page.context().close();
  });

  test("revokes an operator only after it was confirmed", async () => {
    await own.tokenOf("noor", "viewer");
    const { page } = await own.loggedIn();
    await page.goto(`${origin}/operators`);
    await page.getByRole("link", { name: "Revoke the token of noor" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("link", { name: "Revoke the token of noor" }).click();
    await page.getByRole("button", { name: "Revoke the token of noor" }).click();
    expect(await page.locator(".done").textContent()).toContain("The token of noor has ended");
    expect(await page.getByRole("link", { name: "Revoke the token of noor" }).count()).toBe(0);
    await page.context().close();
  });
});
