import { describe, expect, it, test } from "vitest";
import { mayDo, type Role, ROLES } from "../../../src/core/operator.ts";
import { NAVIGATION } from "../../../src/http/console/navigation.ts";
import { createOperatorApp, operatorRoutes } from "../../../src/http/operator-app.tsx";
import type { Login } from "../../../src/http/operator-login.tsx";
import { StoreUnavailable } from "../../../src/flows/ports.ts";
import { operatorListener, TOKEN } from "../../support/operator-listener.ts";
import { NOW, read } from "./bundle.ts";

const BASE = "http://localhost:3001";
const HTML = { accept: "text/html" };
const ROWS = operatorRoutes(operatorListener(() => NOW).deps, {} as Login);
const GUARDED = ROWS.filter((row) => row.role !== "open") as ((typeof ROWS)[number] & { role: Role })[];

function aListener(more: object = {}) {
  const listener = operatorListener(() => NOW);
  const word = { kind: "stopped", by: "kim", why: "outage", since: NOW, until: NOW + 60_000 } as const;
  const facts = { route: "seven-sms", waiting: 0 } as never;
  const desk = {
    list: async () => [facts],
    instead: async () => [],
    say: async () => word,
    takeBack: async () => undefined,
  };
  const operators = { list: async () => [], add: async () => "kim.x", revoke: async () => undefined };
  const deps = { ...listener.deps, desk, operators, ...more };
  const app = createOperatorApp(deps);
  const ask = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    read(app.request(`${BASE}${path}`, { method, headers, ...(body === undefined ? {} : { body }) }));
  return { ...listener, ask };
}

const bearer = (name: string) => ({ authorization: `Bearer ${name}.secret` });
const pathOf = (path: string) => path.replace(":route", "seven-sms");

describe("the route table", () => {
  it.each(GUARDED)("$method $path takes $role and who has more rights, and nobody else", async (row) => {
    for (const role of ROLES) {
      const { ask, deps } = aListener();
      // A stream would not end by itself; refused ones tell the same.
      deps.live.close();
      const { status, body } = await ask(row.method, pathOf(row.path), bearer(role));
      const isRefused = status === 403 && body["code"] === "forbidden_role";
      expect([role, isRefused]).toEqual([role, !mayDo(role, row.role)]);
    }
  });

  it.each(ROLES)("shows %s the pages that this role may open, and no other", async (role) => {
    const { ask } = aListener();
    const { raw } = await ask("GET", "/", { ...HTML, ...bearer(role) });
    for (const { path, role: needed } of NAVIGATION) {
      expect([path, raw.includes(`<a href="${path}"`)]).toEqual([path, path === "/" || mayDo(role, needed)]);
    }
  });

  test("the navigation names the role of its rows", () => {
    for (const { path, role } of NAVIGATION) {
      if (path === "/queues") continue;
      expect([path, ROWS.find((row) => row.path === path && row.method === "GET")?.role]).toEqual([
        path,
        role,
      ]);
    }
  });

  test("the queue board takes viewers, and nobody without a token", async () => {
    const { ask } = aListener();
    expect((await ask("GET", "/queues", bearer("viewer"))).status).toBe(200);
    expect((await ask("GET", "/queues", bearer("nobody"))).status).toBe(401);
  });
});

describe("a refused page", () => {
  it.each([
    ["en", "This page needs the role admin. Yours is help desk."],
    ["de", "Diese Seite braucht die Rolle Verwaltung. Ihre ist Helpdesk."],
  ])("says in %s which role is needed", async (language, words) => {
    const { ask } = aListener();
    const headers = { ...HTML, ...bearer("helpdesk"), "accept-language": language };
    const { status, raw } = await ask("GET", "/audit", headers);
    expect([status, raw.includes(words)]).toEqual([403, true]);
  });

  it("names the break-glass login while Redis cannot say who somebody is", async () => {
    const away = async () => {
      throw new StoreUnavailable("away");
    };
    const { ask } = aListener({ tokens: { authenticate: away, roleOf: away } });
    const { status, raw } = await ask("GET", "/", { ...HTML, ...bearer("viewer") });
    expect([status, raw.includes("OPERATOR_TOKEN")]).toEqual([503, true]);
    expect((await ask("GET", "/", { ...HTML, authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  });

  it("is a page for an address that does not exist, too", async () => {
    const { ask } = aListener();
    const page = await ask("GET", "/nowhere", HTML);
    expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
    expect((await ask("GET", "/nowhere", {})).body["code"]).toBe("not_found");
  });
});

describe("what is noted", () => {
  const CHANGES: [method: string, path: string, type: string, body: string, action: string][] = [
    [
      "PUT",
      "/api/routes/seven-sms/word",
      "application/json",
      '{"word":"stopped","by":"Kim","why":"x"}',
      "route.stop",
    ],
    ["DELETE", "/api/routes/seven-sms/word", "", "", "route.auto"],
    [
      "POST",
      "/operators/add",
      "application/x-www-form-urlencoded",
      "name=kim&role=viewer&days=9",
      "operator.add",
    ],
    ["POST", "/operators/revoke", "application/x-www-form-urlencoded", "name=kim", "operator.revoke"],
  ];

  it("covers every row that changes something", () => {
    const rows = GUARDED.filter((row) => row.method !== "GET" && !("reads" in row));
    const named = CHANGES.map(([method, path]) => `${method} ${path}`);
    expect(rows.map((row) => `${row.method} ${pathOf(row.path)}`).toSorted()).toEqual(named.toSorted());
  });

  it.each(CHANGES)("%s %s is noted once, under who did it", async (method, path, type, body, action) => {
    const { ask, noted } = aListener();
    const { status } = await ask(
      method,
      path,
      { ...bearer("admin"), "content-type": type },
      body || undefined,
    );
    expect(status).toBeLessThan(400);
    expect(noted).toEqual([expect.objectContaining({ who: "admin", role: "admin", action })]);
  });

  it("is nothing where a change was refused", async () => {
    const { ask, noted } = aListener();
    expect((await ask("POST", "/operators/add", bearer("admin"), "name=a b&role=viewer&days=9")).status).toBe(
      409,
    );
    expect((await ask("POST", "/operators/add", bearer("viewer"), "name=kim")).status).toBe(403);
    expect(noted).toEqual([]);
  });

  it("is every login, and that of the break-glass token tells operators as well", async () => {
    const { ask, noted, told } = aListener();
    for (const token of ["helpdesk.secret", TOKEN]) {
      await ask("POST", "/login", { origin: BASE }, new URLSearchParams({ token }).toString());
    }
    expect(noted.map(({ who, action }) => `${who} ${action}`)).toEqual([
      "helpdesk operator.login",
      "break-glass operator.login",
    ]);
    expect(told).toEqual(["login"]);
  });

  it("is a tool with the break-glass token, but for scrapes of metrics", async () => {
    const { ask, told } = aListener();
    await ask("GET", "/metrics", { authorization: `Bearer ${TOKEN}` });
    expect(told).toEqual([]);
    await ask("GET", "/api/routes", { authorization: `Bearer ${TOKEN}` });
    expect(told).toEqual(["bearer"]);
  });
});

describe("a session of a token", () => {
  const login = async (name: string) => {
    const listener = aListener();
    const body = new URLSearchParams({ token: `${name}.secret`, to: "/audit" }).toString();
    const answer = await listener.ask("POST", "/login", { origin: BASE }, body);
    return { ...listener, answer, cookie: answer.headers.get("set-cookie")?.split(";")[0] ?? "" };
  };

  it("leads to the page that was wanted, and never to another site's", async () => {
    const { answer, ask } = await login("admin");
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/audit"]);
    for (const to of ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:x"]) {
      const body = new URLSearchParams({ token: "admin.secret", to }).toString();
      expect((await ask("POST", "/login", { origin: BASE }, body)).headers.get("location")).toBe("/");
    }
  });

  it("ends with the token, and follows its role", async () => {
    const { ask, cookie, roles } = await login("admin");
    const status = async () => (await ask("GET", "/audit", { ...HTML, cookie })).status;
    expect(await status()).toBe(200);
    roles.set("admin", "viewer");
    expect(await status()).toBe(403);
    roles.delete("admin");
    expect(await status()).toBe(303);
  });

  it("changes something from our own pages only", async () => {
    const { ask, cookie, noted } = await login("admin");
    const change = (headers: Record<string, string>) =>
      ask("POST", "/operators/revoke", { ...HTML, cookie, ...headers }, "name=kim");
    noted.length = 0;
    for (const headers of [{}, { "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }])
      expect((await change(headers as Record<string, string>)).status).toBe(403);
    expect(noted).toEqual([]);
    expect((await change({ "sec-fetch-site": "same-origin" })).status).toBe(303);
  });
});
