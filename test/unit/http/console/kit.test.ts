import { Hono } from "hono";
import { describe, expect, it, test } from "vitest";
import { chart } from "../../../../src/http/console/chart.tsx";
import { formatOf } from "../../../../src/http/console/format.ts";
import { readerOf } from "../../../../src/http/console/reader.ts";
import { createOperatorApp } from "../../../../src/http/operator-app.tsx";
import { operatorListener } from "../../../support/operator-listener.ts";
import { NOW, read } from "../bundle.ts";

const BASE = "http://localhost:3001";

async function readerWith(headers: Record<string, string>) {
  const app = new Hono().get("/", (c) => c.json(readerOf(c)));
  return (await (await app.request("/", { headers })).json()) as ReturnType<typeof readerOf>;
}

function aConsole() {
  const { deps, told } = operatorListener(() => NOW);
  const app = createOperatorApp(deps);
  const ask = (path: string, init?: RequestInit) => read(app.request(`${BASE}${path}`, init));
  return { ask, told };
}

describe("a reader", () => {
  it.each([
    [undefined, "en"],
    ["de", "de"],
    ["de-CH,en;q=0.5", "de"],
    ["en-GB,de;q=0.9", "en"],
    ["fr,de;q=0.3,en;q=0.2", "de"],
    ["fr", "en"],
    ["*", "en"],
  ])("who accepts %s reads %s", async (accepted, language) => {
    const headers: Record<string, string> = accepted === undefined ? {} : { "accept-language": accepted };
    expect((await readerWith(headers)).language).toBe(language);
  });

  it("has what was chosen, and the zone of the browser", async () => {
    const cookie = "otpost-language=de; otpost-theme=dark; otpost-zone=America/New_York";
    const reader = await readerWith({ cookie, "accept-language": "en" });
    expect(reader).toEqual({ language: "de", theme: "dark", zone: "America/New_York" });
  });

  it.each(["Mars/Olympus", "'; DROP", "<b>", ""])("is not moved to %s", async (zone) => {
    const reader = await readerWith({ cookie: `otpost-zone=${zone}; otpost-language=xx; otpost-theme=pink` });
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    expect(reader).toEqual({ language: "en", theme: "auto", zone: own });
  });
});

describe("figures and times", () => {
  const at = Date.UTC(2026, 10, 25, 4, 12, 33);
  const berlin = "Europe/Berlin";

  test("are written as the language does, in the reader's zone", () => {
    const [en, de] = [formatOf({ language: "en", zone: berlin }), formatOf({ language: "de", zone: berlin })];
    expect([en.number(1_234_567.8, 1), de.number(1_234_567.8, 1)]).toEqual(["1,234,567.8", "1.234.567,8"]);
    expect([en.percent(0.985), de.percent(0.985), en.percent(undefined)]).toEqual(["98.5 %", "98,5 %", "–"]);
    expect([en.zoned(at), de.zoned(at)]).toEqual(["05:12:33 CET", "05:12:33 MEZ"]);
    expect([en.clock(at), de.instant(at)]).toEqual(["05:12", "25.11.2026, 05:12:33"]);
    expect(de.money(12_345_678, "EUR").replace(/\s/, " ")).toBe("12,35 €");
  });

  test.each([
    [0, "0 s"],
    [830, "0.8 s"],
    [45_300, "45 s"],
    [600_000, "10 min"],
    [7_200_000, "2 h"],
    [259_200_000, "3 d"],
  ])("%i ms are %s", (ms, words) => {
    expect(formatOf({ language: "en", zone: berlin }).duration(ms)).toBe(words);
  });
});

test("a chart says its figures in a table as well, and nothing in it is markup", () => {
  const reader = { language: "en", theme: "auto", zone: "Etc/UTC" } as const;
  const series = [{ label: "<b>sent", values: [3, null] }];
  const drawn: { toString: () => string } = chart(reader, {
    id: "c",
    title: "Sent",
    at: [NOW, NOW + 60_000],
    series,
    unit: "count",
  });
  const html = drawn.toString();
  expect(html).toMatch(/<td>3<\/td>/);
  expect(html).toMatch(/<td>–<\/td>/);
  expect(html).not.toContain("<b>");
});

describe("files of the console", () => {
  it("are named by their content and kept for a year", async () => {
    const { ask } = aConsole();
    const { raw } = await ask("/login");
    const files = [...raw.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, file = ""]) => file);
    expect(files.map((file) => file.replace(/\.[\w-]{12}\./, "."))).toEqual([
      "/assets/pico.css",
      "/assets/console.css",
      "/assets/live.js",
    ]);
    for (const file of files) {
      const { status, headers, raw: body } = await ask(file);
      expect([status, headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
      expect(headers.get("content-type")).toMatch(file.endsWith("css") ? /^text\/css/ : /^text\/javascript/);
      expect(body.length).toBeGreaterThan(500);
      expect(body).not.toMatch(/sourceMappingURL|url\(["']?https?:/);
    }
    expect((await ask("/assets/pico.AAAAAAAAAAAA.css")).status).toBe(404);
  });

  it("come under a policy without anything inline or from elsewhere", async () => {
    const policy = (await aConsole().ask("/login")).headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("report-uri /csp-reports");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });
});

describe("reports of broken policies", () => {
  const report = (body: object | string) => ({
    method: "POST",
    headers: { "content-type": "application/csp-report" },
    body: typeof body === "string" ? body : JSON.stringify({ "csp-report": body }),
  });

  it.each([
    [
      { "effective-directive": "script-src-elem", "blocked-uri": "https://x.example/a?code=1" },
      "script-src x.example",
    ],
    [{ "violated-directive": "style-src 'self'", "blocked-uri": "inline" }, "style-src inline"],
    [{ "effective-directive": "made-up", "blocked-uri": 7 }, "other unknown"],
    ["{", "other unknown"],
  ])("%j is told without paths and queries", async (body, words) => {
    const { ask, told } = aConsole();
    expect((await ask("/csp-reports", report(body))).status).toBe(204);
    expect(told).toEqual([words]);
  });

  it("are bounded", async () => {
    expect((await aConsole().ask("/csp-reports", report("x".repeat(9_000)))).status).toBe(413);
  });
});

describe("preferences", () => {
  it("are kept in cookies, and lead back to the page", async () => {
    const { ask } = aConsole();
    const init = { method: "POST", headers: { origin: BASE }, body: "theme=dark&language=de&back=/audit" };
    const { status, headers } = await ask("/preferences", init);
    expect([status, headers.get("location")]).toEqual([303, "/audit"]);
    expect(headers.getSetCookie().map((cookie) => cookie.split(";")[0])).toEqual([
      "otpost-language=de",
      "otpost-theme=dark",
    ]);
    const { raw } = await ask("/login", { headers: { cookie: "otpost-theme=dark; otpost-language=de" } });
    expect(raw).toContain('<html lang="de" data-theme="dark">');
  });
});
