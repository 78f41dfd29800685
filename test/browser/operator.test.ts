import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backgroundBrightness, launchBrowser, logIn, openPage, overflowPx } from "../support/browser.ts";
import { createApiClient, plainNumber } from "../support/http-client.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, type Service, startUp } from "../support/service.ts";

let service: Service;
let browser: Browser;

beforeAll(async () => {
  [service, browser] = await Promise.all([startUp({ DATA_DIR: freshDir() }), launchBrowser()]);
  const api = createApiClient(service.ready);
  await api.until(await api.send({ to: plainNumber(1, 90), code: "482913" }), "delivered");
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const QUEUES = ["seven-sms", "telegram-gateway", "settle", "watch", "reconcile", "notify"];

async function loggedIn(options = {}) {
  const origin = service.ready.operatorUrl;
  const watched = await openPage(browser, origin, options);
  const { page } = watched;
  await logIn(page, origin, service.ready.operatorToken);
  return { ...watched, origin };
}

describe("an operator in a browser", () => {
  test("logs in, reads the index, and is out after logging out", async () => {
    const { page, origin, complaints } = await loggedIn();
    expect(page.url()).toBe(`${origin}/`);
    expect(await page.title()).toBe("Overview · otpost");
    const cookie = (await page.context().cookies()).find(({ name }) => name === "otpost");
    expect(cookie).toMatchObject({ name: "otpost", httpOnly: true, sameSite: "Strict" });
    expect(cookie!.value).not.toContain(service.ready.operatorToken);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Operator token").waitFor();
    await page.goto(`${origin}/queues`);
    expect(page.url()).toBe(`${origin}/login?to=%2Fqueues`);
    expect(complaints()).toEqual([]);
    // The cookie of before is of no use any more, wherever somebody kept it.
    await page.context().addCookies([cookie!]);
    await page.goto(`${origin}/queues`);
    expect(page.url()).toBe(`${origin}/login?to=%2Fqueues`);
    await page.context().close();
  });

  test("is told about a wrong token and stays outside", async () => {
    const origin = service.ready.operatorUrl;
    const { page } = await openPage(browser, origin);
    await page.goto(`${origin}/queues`);
    await page.getByLabel("Operator token").fill("not the token at all, but long enough");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toBe("This is not a token of an operator.");
    expect(await page.getByLabel("Operator token").inputValue()).toBe("");
    expect((await page.context().cookies()).map(({ name }) => name)).toEqual(["otpost-zone"]);
    await page.context().close();
  });

  test("sees every queue by its name, from this host alone and without an error", async () => {
    const { page, complaints, requests } = await loggedIn();
    await page.getByRole("navigation").getByRole("link", { name: "Queues" }).click();
    for (const name of QUEUES) await page.getByText(name, { exact: true }).first().waitFor();
    expect(requests().some((url) => url.endsWith(".js"))).toBe(true);
    expect(complaints()).toEqual([]);
    await page.goto(`${service.ready.operatorUrl}/queues/queue/seven-sms`);
    await page.getByText("seven-sms", { exact: true }).first().waitFor();
    expect(
      await page.getByRole("button", { name: /pause|empty|obliterate|retry|clean|add job/i }).count(),
    ).toBe(0);
    expect(complaints()).toEqual([]);
    await page.context().close();
  });

  test("control: a call to another host would be noticed", async () => {
    const { page, complaints } = await loggedIn();
    await page.evaluate("fetch('http://127.0.0.2:9/x').catch(() => undefined)");
    expect(complaints().length).toBeGreaterThan(0);
    await page.context().close();
  });

  test.each(["light", "dark"] as const)(
    "sees a %s page where the system is so, on a telephone too",
    async (colorScheme) => {
      const { page, complaints } = await loggedIn({ ...PHONE, colorScheme });
      const brightness = await backgroundBrightness(page);
      if (colorScheme === "dark") expect(brightness).toBeLessThan(80);
      else expect(brightness).toBeGreaterThan(200);
      expect(await overflowPx(page)).toBeLessThanOrEqual(0);
      expect((await page.screenshot()).byteLength).toBeGreaterThan(1_000);
      expect(complaints()).toEqual([]);
      await page.context().close();
    },
  );
});

describe("the documentation of the API", () => {
  test.each(["light", "dark"] as const)(
    "reads on a telephone, %s, without anything from elsewhere",
    async (colorScheme) => {
      const { page, complaints } = await openPage(browser, service.ready.publicUrl, {
        ...PHONE,
        colorScheme,
      });
      await page.goto(`${service.ready.publicUrl}/docs`);
      await page.getByText("/v1/deliveries", { exact: false }).first().waitFor();
      expect(await overflowPx(page)).toBeLessThanOrEqual(0);
      const brightness = await backgroundBrightness(page);
      if (colorScheme === "dark") expect(brightness).toBeLessThan(80);
      else expect(brightness).toBeGreaterThan(200);
      expect((await page.screenshot({ fullPage: true })).byteLength).toBeGreaterThan(5_000);
      expect(complaints()).toEqual([]);
      await page.context().close();
    },
  );
});
