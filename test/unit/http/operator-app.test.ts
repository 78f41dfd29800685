import { describe, expect, it } from "vitest";
import { createOperatorApp, type OperatorDeps } from "../../../src/http/operator-app.tsx";
import { operatorListener, TOKEN } from "../../support/operator-listener.ts";
import { NOW, read } from "./bundle.ts";

const PAGE = { accept: "text/html" };

function anOperatorBundle(more: Partial<OperatorDeps> = {}) {
  const clock = { at: NOW };
  const { deps, ...rest } = operatorListener(() => clock.at);
  return { app: createOperatorApp({ ...deps, ...more }), clock, ...rest };
}

type Bundle = ReturnType<typeof anOperatorBundle>;

const BASE = "http://localhost:3001";
const get = (bundle: Bundle, path: string, headers: Record<string, string> = {}) =>
  read(bundle.app.request(`${BASE}${path}`, { headers }));
const login = (bundle: Bundle, token: string, headers: Record<string, string> = { origin: BASE }) =>
  read(
    bundle.app.request(`${BASE}/login`, {
      method: "POST",
      body: new URLSearchParams({ token }).toString(),
      headers,
    }),
  );
const cookieOf = (answer: { headers: Headers }) => answer.headers.get("set-cookie")?.split(";")[0] ?? "";

const GUARDED = [
  "/",
  "/live/overview",
  "/metrics",
  "/operators",
  "/audit",
  "/queues",
  "/queues/",
  "/queues/api/queues",
  "/queues/static/favicon.ico",
  "/api/routes",
  "/api/deliveries/x",
  "/api/figures",
  "/api/figures/clients/x",
  "/api/figures/routes/x",
];

describe("the operator listener", () => {
  it.each(GUARDED)("%s asks for the token", async (path) => {
    const bundle = anOperatorBundle();
    const answer = await get(bundle, path);
    expect([answer.status, answer.body["code"]]).toEqual([401, "unauthorized"]);
    expect(answer.headers.get("www-authenticate")).toContain("Bearer");
    const page = await get(bundle, path, PAGE);
    const to = path === "/" ? "/login" : `/login?to=${encodeURIComponent(path)}`;
    expect([page.status, page.headers.get("location")]).toEqual([303, to]);
    expect((await get(bundle, path, { authorization: "Bearer wrong" })).status).toBe(401);
  });

  it("takes the token of a script as Bearer", async () => {
    const answer = await get(anOperatorBundle(), "/metrics", { authorization: `Bearer ${TOKEN}` });
    expect(answer.status).toBe(200);
    expect(answer.raw).toContain('otp_build_info{version="1.2.3"');
  });

  it.each(["/livez", "/readyz", "/login"])("%s is open", async (path) => {
    expect((await get(anOperatorBundle(), path)).status).toBe(200);
  });
});

describe("logging in", () => {
  it("gives a session that scripts of the page cannot read and other sites cannot use", async () => {
    const bundle = anOperatorBundle();
    const answer = await login(bundle, TOKEN);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/"]);
    expect(answer.headers.get("set-cookie")).toMatch(
      /^otpost=\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    expect(answer.headers.get("set-cookie")).not.toContain(TOKEN);
    expect((await get(bundle, "/", { ...PAGE, cookie: cookieOf(answer) })).raw).toContain("/queues");
  });

  it("binds the cookie to TLS where operators come by https", async () => {
    const bundle = anOperatorBundle({ operatorUrl: "https://ops.example.org" });
    const answer = await login(bundle, TOKEN, { origin: "https://ops.example.org" });
    expect(answer.headers.get("set-cookie")).toMatch(
      /^__Host-otpost=\S+; Path=\/; HttpOnly; SameSite=Strict; .*Secure$/,
    );
    expect((await get(bundle, "/", { ...PAGE, cookie: cookieOf(answer) })).status).toBe(200);
  });

  it("refuses a wrong token, and then waits", async () => {
    const bundle = anOperatorBundle();
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await login(bundle, "wrong")).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await login(bundle, TOKEN)).status).toBe(429);
    bundle.clock.at += 60_000;
    expect((await login(bundle, TOKEN)).status).toBe(303);
  });

  it.each<Record<string, string>>([
    {},
    { origin: "https://evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site", origin: BASE },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
  ])("a form sent with %o is refused", async (headers) => {
    const bundle = anOperatorBundle();
    const cookie = cookieOf(await login(bundle, TOKEN));
    expect((await login(bundle, TOKEN, headers)).status).toBe(403);
    const preferences = { method: "POST", headers, body: "theme=dark" };
    expect((await bundle.app.request(`${BASE}/preferences`, preferences)).status).toBe(403);
    const init = { method: "POST", headers: { ...headers, cookie } };
    expect((await bundle.app.request(`${BASE}/logout`, init)).status).toBe(403);
    expect((await get(bundle, "/", { ...PAGE, cookie })).status).toBe(200);
  });

  it("ends at logout, after twelve hours, and with another token", async () => {
    const bundle = anOperatorBundle();
    const cookie = cookieOf(await login(bundle, TOKEN));
    const status = async (b: Bundle) => (await get(b, "/", { ...PAGE, cookie })).status;
    expect(await status(anOperatorBundle())).toBe(200);
    expect(await status(anOperatorBundle({ operatorToken: "another" }))).toBe(303);
    bundle.clock.at += 12 * 3_600_000;
    expect(await status(bundle)).toBe(303);
    bundle.clock.at = NOW;
    const init = { method: "POST", headers: { cookie, "sec-fetch-site": "same-origin" } };
    const out = await read(bundle.app.request(`${BASE}/logout`, init));
    expect([out.status, out.headers.get("set-cookie")]).toEqual([303, expect.stringContaining("Max-Age=0")]);
    expect(await status(bundle)).toBe(303);
  });

  it.each(["otpost=", "otpost=1.2.3", `otpost=${NOW + 1e9}.x.`, "otpost=a.b.c.d"])(
    "a made-up cookie %s is worth nothing",
    async (cookie) => {
      expect((await get(anOperatorBundle(), "/", { ...PAGE, cookie })).status).toBe(303);
    },
  );
});

describe("the queue board", () => {
  const authorized = { authorization: `Bearer ${TOKEN}` };

  it("is served without anything remote, under a policy of its own", async () => {
    const answer = await get(anOperatorBundle(), "/queues", authorized);
    expect(answer.status).toBe(200);
    expect(answer.raw).toContain('id="root"');
    expect(answer.raw).not.toMatch(/(src|href)="https?:/);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/https?:/);
  });

  it("serves its scripts itself", async () => {
    const bundle = anOperatorBundle();
    const html = (await get(bundle, "/queues", authorized)).raw;
    const script = /src="(static\/js\/main[^"]+)"/.exec(html)?.[1];
    const answer = await get(bundle, `/queues/${script}`, authorized);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      200,
      expect.stringContaining("javascript"),
    ]);
  });

  it.each(["/queues/api/queues/x/pause", "/queues/api/queues/pause", "/queues/api/queues/x/add"])(
    "changes nothing by %s",
    async (path) => {
      const init = { method: path.endsWith("add") ? "POST" : "PUT", headers: authorized };
      expect([403, 404, 405]).toContain(
        (await anOperatorBundle().app.request(`${BASE}${path}`, init)).status,
      );
    },
  );
});
