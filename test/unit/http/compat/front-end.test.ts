import { createHmac } from "node:crypto";
import { Hono } from "hono";
import { expect, it } from "vitest";
import { json } from "../../../../src/http/answer.ts";
import { createClientAuth, parseKey } from "../../../../src/http/auth.ts";
import { type FrontEnd, frontEndRoutes } from "../../../../src/http/compat/front-end.ts";
import { FRONT_ENDS } from "../../../../src/http/compat/table.ts";
import { statusOf } from "../../../../src/http/problem.ts";
import { createRouter } from "../../../../src/http/route.ts";
import { createThrottle } from "../../../../src/http/throttle.ts";
import { aBundle, CODE, ID, KEY, NUMBER, read } from "../bundle.ts";

const SIGNING_KEY = "k";
const signed = (body: string | Uint8Array) => createHmac("sha256", SIGNING_KEY).update(body).digest("hex");

/** A webhook of an identity provider: path secret, signature over the raw body, JSON of its own. */
const webhook: FrontEnd = {
  name: "webhook",
  bases: ["/compat/key/:key/webhook"],
  calls: [
    {
      methods: ["POST"],
      path: "",
      sends: true,
      ask: ({ body, header, param }) => {
        const { phone, message } = JSON.parse(Buffer.from(body).toString()) as Record<string, string>;
        return {
          kind: "send",
          credentials: parseKey(param("key")),
          proven: ({ id }) => id === "cloud" && header("x-signature") === signed(body),
          to: phone ?? "",
          text: message ?? "",
          yes: ({ id }) => json(200, { id }),
        };
      },
    },
  ],
  refuse: ({ code, detail }) => json(statusOf(code), { said: detail }),
};

function anApp() {
  const bundle = aBundle();
  const auth = createClientAuth({
    clients: bundle.deps.clients,
    source: () => "test",
    throttle: createThrottle(bundle.clock),
  });
  const app: Hono = createRouter(frontEndRoutes([webhook], { ...bundle.deps, auth }), bundle.deps);
  const post = (body: string, signature: string, key = KEY) =>
    read(
      app.request(`/compat/key/${key}/webhook`, {
        method: "POST",
        headers: { "x-signature": signature },
        body,
      }),
    );
  return { ...bundle, post };
}

it("a front end that is signed needs its key and its signature", async () => {
  const { post, accepted, answered } = anApp();
  const body = JSON.stringify({ phone: NUMBER, message: `${CODE} is your code` });
  expect((await post(body, signed(body))).body).toEqual({ id: ID });
  const forged = await post(body, signed(`${body} `));
  expect([forged.status, forged.body]).toEqual([401, { said: "The signature does not hold." }]);
  expect((await post(body, signed(body), "cloud.wrong")).status).toBe(401);
  expect(accepted).toHaveLength(1);
  expect(answered.map(({ door, route, intake }) => [door, route, intake])).toEqual(
    Array(3).fill(["webhook", "/compat/key/:key/webhook", true]),
  );
});

it("every front end has addresses and a name of its own", () => {
  const { deps } = aBundle();
  const auth = createClientAuth({
    clients: deps.clients,
    source: () => "",
    throttle: createThrottle(deps.clock),
  });
  const calls = frontEndRoutes(FRONT_ENDS, { ...deps, auth }).map(({ method, path }) => `${method} ${path}`);
  expect(new Set(calls).size).toBe(calls.length);
  expect(new Set(FRONT_ENDS.map(({ name }) => name)).size).toBe(FRONT_ENDS.length);
  for (const call of calls) expect(call).toMatch(/^(GET|POST) \/(compat|api)\/[!-~]+$/);
});

it.each([
  ["/compat/playsms", "GET"],
  ["/compat/sms", "GET"],
  ["/api/sms", "GET"],
])("HEAD does not send at %s", async (path, allow) => {
  const bundle = aBundle();
  const query = new URLSearchParams({ app: "ws", op: "pv", u: "cloud", h: KEY, p: KEY, key: KEY });
  for (const name of ["to", "text", "msg"]) query.set(name, name === "to" ? NUMBER : CODE);
  const answer = await read(bundle.app.request(`${path}?${query.toString()}`, { method: "HEAD" }));
  expect([answer.status, answer.headers.get("allow"), bundle.accepted]).toEqual([405, allow, []]);
});

it("OPTIONS names the methods and grants no other site anything", async () => {
  for (const [path, allow] of [
    ["/compat/playsms/index.php", "GET, POST, OPTIONS"],
    [`/compat/key/${KEY}/signal/v2/send`, "POST, OPTIONS"],
    ["/api/journal/outbound", "GET, HEAD, OPTIONS"],
  ] as const) {
    const answer = await read(aBundle().app.request(path, { method: "OPTIONS" }));
    expect([answer.status, answer.headers.get("allow")]).toEqual([204, allow]);
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  }
});

it("no answer of a front end may be kept, leads elsewhere, or is unread HTML", async () => {
  const { deps } = aBundle();
  const auth = createClientAuth({
    clients: deps.clients,
    source: () => "",
    throttle: createThrottle(deps.clock),
  });
  for (const { method, path } of frontEndRoutes(FRONT_ENDS, { ...deps, auth })) {
    const url = path.replace(":key", KEY).replace(":to{.+}", NUMBER).replaceAll(/:\w+/g, "1");
    const { status, headers } = await read(aBundle().app.request(url, { method }));
    expect([path, status < 300 || status >= 400]).toEqual([path, true]);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-type")).toMatch(/json|xml|text\/plain/);
  }
});
