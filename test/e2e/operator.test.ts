import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiClient, call, createApiClient, plainNumber } from "../support/http-client.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, type Service, startUp } from "../support/service.ts";

let service: Service;
let api: ApiClient;

beforeAll(async () => {
  service = await startUp({ DATA_DIR: freshDir() });
  api = createApiClient(service.ready);
  const ids = await Promise.all(
    Array.from({ length: 12 }, (_, n) => api.send({ to: plainNumber(n, 32), code: "482913" })),
  );
  for (const id of ids) await api.until(id, "delivered");
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

const PAGES = [
  "/",
  "/metrics",
  "/queues",
  "/queues/queue/seven-sms",
  "/queues/api/queues",
  "/queues/static/x.js",
  "/api/routes",
  "/operators",
  "/audit",
];
const HTML = { accept: "text/html" };

describe("the operator listener", () => {
  test.each(PAGES)("%s is shown to nobody without the token", async (path) => {
    const url = service.ready.operatorUrl + path;
    expect((await call(url)).status).toBe(401);
    const page = await call(url, { headers: HTML });
    const to = path === "/" ? "/login" : `/login?to=${encodeURIComponent(path)}`;
    expect([page.status, page.headers.get("location"), page.text]).toEqual([303, to, ""]);
  });

  test("a wrong token is refused, and many of them do not shut the operator out", async () => {
    expect((await api.operator("/")).status).toBe(200);
    const wrong = { authorization: `Bearer ${service.ready.apiKey}` };
    const tries: number[] = [];
    for (const path of [...PAGES, ...PAGES])
      tries.push((await call(service.ready.operatorUrl + path, { headers: wrong })).status);
    expect(tries.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(tries.at(-1)).toBe(429);
    expect((await api.operator("/")).status).toBe(200);
  });

  test("the public listener has none of it, not even for the operator", async () => {
    const headers = { authorization: `Bearer ${service.ready.operatorToken}` };
    for (const path of ["/metrics", "/queues", "/queues/api/queues", "/login"]) {
      expect([path, (await call(service.ready.publicUrl + path, { headers })).status]).toEqual([path, 404]);
    }
  });

  test("/metrics has every metric that the operators' page names", async () => {
    const { text } = await api.operator("/metrics");
    const page = await readFile("docs/operations.md", "utf8");
    const named = [...page.matchAll(/^\| `(otp_[a-z_]+)` +\|/gm)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(20);
    const served = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1]));
    expect(named.filter((name) => !served.has(name))).toEqual([]);
    expect(await api.metric('otp_messages_total{state="delivered"}')).toBe(12);
    expect(await api.metric("otp_redis_up")).toBe(1);
    expect(await api.metric("otp_conservation_gap")).toBe(0);
  });

  test("/queues names every queue, and each change of it is refused", async () => {
    const queues = await api.operator("/queues/api/queues");
    const names = (queues.json["queues"] as { name: string }[]).map(({ name }) => name);
    expect(names.toSorted()).toEqual(
      ["notify", "reconcile", "settle", "seven-sms", "telegram-gateway", "watch"].toSorted(),
    );
    const changes: [string, string][] = [
      ["PUT", "/queues/api/queues/seven-sms/pause"],
      ["PUT", "/queues/api/queues/pause"],
      ["PUT", "/queues/api/queues/seven-sms/empty"],
      ["PUT", "/queues/api/queues/seven-sms/obliterate"],
      ["PUT", "/queues/api/queues/seven-sms/clean/completed"],
      ["PUT", "/queues/api/queues/seven-sms/promote"],
      ["POST", "/queues/api/queues/seven-sms/add"],
      ["PUT", "/queues/api/queues/seven-sms/concurrency"],
      ["PATCH", "/queues/api/queues/seven-sms/1/update-data"],
      ["DELETE", "/queues/api/queues/seven-sms"],
    ];
    for (const [method, path] of changes) {
      const { status } = await api.operator(path, {
        method,
        body: "{}",
        headers: { "content-type": "application/json" },
      });
      expect([path, [403, 404, 405].includes(status)], `${method} ${path}: ${status}`).toEqual([path, true]);
    }
    await api.until(await api.send({ to: plainNumber(50, 32), code: "482913" }), "delivered");
  });

  test("pages and their files load nothing from elsewhere", async () => {
    const seen = new Map<string, string>();
    const visit = async (path: string): Promise<void> => {
      if (seen.has(path)) return;
      const answer = await api.operator(path, { headers: HTML });
      expect([path, answer.status]).toEqual([path, 200]);
      seen.set(path, answer.text);
      const type = answer.headers.get("content-type") ?? "";
      const base = new URL(/<base href="([^"]+)"/.exec(answer.text)?.[1] ?? path, service.ready.operatorUrl);
      const found = [...references(answer.text, type)].map((ref) => new URL(ref, base));
      const foreign = found.filter(
        ({ protocol, origin }) => protocol !== "data:" && origin !== service.ready.operatorUrl,
      );
      expect([path, foreign.map(String)]).toEqual([path, []]);
      if (type.startsWith("text/html"))
        expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
      for (const { protocol, pathname } of found)
        if (protocol !== "data:" && isFile(pathname)) await visit(pathname);
    };
    for (const path of ["/", "/operators", "/audit", "/login", "/queues"]) await visit(path);
    expect([...seen.keys()].some((path) => path.endsWith(".js"))).toBe(true);
    expect([...seen.keys()].some((path) => path.endsWith(".css"))).toBe(true);
  });

  test("the documentation of the API loads nothing from elsewhere", async () => {
    const page = await call(`${service.ready.publicUrl}/docs`, { headers: HTML });
    expect(page.status).toBe(200);
    const foreign = [...references(page.text, "text/html")].filter((ref) => /^(https?:)?\/\//.test(ref));
    expect(foreign).toEqual([]);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  });
});

/** What a browser would load by itself; links that somebody has to click are not among it. */
function* references(text: string, type: string): Generator<string> {
  const css = /url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']/g;
  const html =
    /<(?:link|script|img|iframe|source|object|embed|form)\b[^>]*?\b(?:href|src|data|action)=["']([^"']+)["']/g;
  if (type.startsWith("text/html")) for (const match of text.matchAll(html)) yield match[1]!;
  if (/^text\/(html|css)/.test(type)) for (const match of text.matchAll(css)) yield match[1] ?? match[2]!;
}

function isFile(pathname: string): boolean {
  return /\.(js|css|svg|png|ico|woff2?|webmanifest)$/.test(pathname);
}
