import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axe, type Look, LOOKS, overflowPx, screenshot } from "../support/browser.ts";
import { type RunningConsole, startConsole } from "../support/console.ts";
import { eventually } from "../support/eventually.ts";
import { closeAll, leftovers, NOTHING_LEFT } from "../support/service.ts";

let own: RunningConsole;
let origin: string;
/** Scripts that tests put into pages to see them stopped. */
let planted = 0;

beforeAll(async () => {
  own = await startConsole();
  origin = own.origin;
  await own.tokenOf("kim", "helpdesk");
});
afterAll(async () => {
  // No page of this file broke its own policy, not even in a way that no test looked for.
  expect(await own.cspReports()).toBe(planted);
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

/** Every page that has no address of its own making; those of others are added here. */
const PAGES: [name: string, path: string][] = [
  ["overview", "/"],
  ["operators", "/operators"],
  ["operators-add", "/operators/add?name=kim&role=viewer&days=90"],
  ["operators-wrong", "/operators/add?name=k+m&role=viewer&days=90"],
  ["audit", "/audit"],
  ["not-found", "/nowhere"],
];

describe.each(Object.keys(LOOKS) as Look[])("every page, %s", (look) => {
  test("has no serious fault for those who cannot see, none too wide, nothing stopped by its policy", async () => {
    const { page, complaints } = await own.loggedIn(LOOKS[look]);
    for (const [name, path] of PAGES) {
      await page.goto(`${origin}${path}`);
      if (path === "/") await page.locator("#live-state.on").waitFor();
      await screenshot(page, name, look);
      expect([name, await axe(page)]).toEqual([name, []]);
      expect([name, await overflowPx(page)]).toEqual([name, 0]);
    }
    await page.context().clearCookies({ name: "otpost" });
    await page.goto(`${origin}/login`);
    await screenshot(page, "login", look);
    expect(["login", await axe(page)]).toEqual(["login", []]);
    expect(await overflowPx(page)).toBe(0);
    // An address that does not exist, and a form with a fault, are told by the browser as well.
    expect(complaints().filter((one) => !/status of 40[04]/.test(one))).toEqual([]);
    await page.context().close();
  });

  test("control: axe finds what is wrong, and what the policy stops is seen, reported and counted", async () => {
    const { page, complaints } = await own.loggedIn(LOOKS[look]);
    await page.evaluate(
      "document.querySelector('main').append(Object.assign(new Image(), { src: 'data:,' }))",
    );
    expect((await axe(page)).join()).toContain("image-alt");
    expect(complaints()).toEqual([]);
    const script =
      "document.body.append(Object.assign(document.createElement('script'), { text: 'window.ran = 1' }))";
    const reported = page.waitForRequest((request) => request.url().endsWith("/csp-reports"));
    await page.evaluate(script);
    await reported;
    planted += 1;
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(complaints().join()).toContain("policy: script-src-elem inline");
    await eventually(async () => expect(await own.cspReports()).toBe(planted));
    await page.context().close();
  });
});
