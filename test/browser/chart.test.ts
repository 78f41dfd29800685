import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { serveAsset } from "../../src/http/console/assets.ts";
import { type Chart, chart } from "../../src/http/console/chart.tsx";
import { page as consolePage } from "../../src/http/console/page.tsx";
import { readerOf } from "../../src/http/console/reader.ts";
import { type Listening, listen } from "../../src/http/listen.ts";
import {
  axe,
  launchBrowser,
  type Look,
  LOOKS,
  openPage,
  overflowPx,
  screenshot,
} from "../support/browser.ts";
import { closeAll } from "../support/service.ts";

const START = Date.UTC(2026, 10, 25, 8);
const at = Array.from({ length: 60 }, (_, minute) => START + minute * 60_000);

const CHARTS: Chart[] = [
  {
    id: "sent",
    title: "Sent and delivered",
    at,
    unit: "count",
    series: [
      { label: "sent", values: at.map((_, i) => 400 + Math.round(300 * Math.sin(i / 9))) },
      {
        label: "delivered",
        values: at.map((_, i) => (i > 30 && i < 36 ? null : 380 + Math.round(250 * Math.sin(i / 9)))),
      },
    ],
  },
  {
    id: "share",
    title: "Delivered",
    at,
    unit: "share",
    series: [{ label: "delivered", values: at.map(() => 0.985) }],
  },
  { id: "none", title: "Nothing", at: [], unit: "seconds", series: [{ label: "p95", values: [] }] },
];

let listening: Listening;
let browser: Browser;

beforeAll(async () => {
  const app = new Hono();
  app.get("/", (c) =>
    consolePage(
      c,
      { title: "Charts", charts: true },
      CHARTS.map((one) => chart(readerOf(c), one)),
    ),
  );
  app.get("/assets/:file", (c) => serveAsset()(c, { requestId: "t" }));
  listening = await listen(app, { host: "127.0.0.1", port: 0, setting: "OPERATOR_PORT" });
  browser = await launchBrowser();
});
afterAll(async () => {
  await closeAll();
  await listening.close();
});

describe.each(Object.keys(LOOKS) as Look[])("a chart, %s", (look) => {
  test("is drawn under the console's own policy, and its figures stand in a table", async () => {
    const { page, complaints } = await openPage(browser, listening.url, LOOKS[look]);
    await page.goto(listening.url);
    await page.locator(".plot canvas").nth(1).waitFor();
    expect(await page.locator(".plot canvas").count()).toBe(2);
    expect(await page.getByText(/no figures of this time|keine Zahlen/).count()).toBe(1);
    expect(await page.locator("#sent-figures").getAttribute("open")).toBeNull();
    await screenshot(page, "charts", look);
    await page.locator("#sent-figures summary").click();
    expect(await page.locator("#sent-figures tbody tr").count()).toBe(60);
    expect(await axe(page)).toEqual([]);
    expect(await overflowPx(page)).toBe(0);
    expect(complaints()).toEqual([]);
    await page.context().close();
  });
});

test("without scripts the table is open and no empty place is left", async () => {
  const { page } = await openPage(browser, listening.url, { javaScriptEnabled: false });
  await page.goto(listening.url);
  expect(await page.locator("#sent-figures tbody tr").count()).toBe(60);
  expect(await page.locator("#sent-figures tbody tr").first().isVisible()).toBe(true);
  expect(await page.locator(".plot").first().isVisible()).toBe(false);
  await page.context().close();
});
