import { createHmac } from "node:crypto";
import { Hono } from "hono";
import { expect, it } from "vitest";
import { json } from "../../../../src/http/answer.ts";
import { createClientAuth } from "../../../../src/http/auth.ts";
import { type FrontEnd, frontEndRoutes } from "../../../../src/http/compat/front-end.ts";
import { FRONT_ENDS } from "../../../../src/http/compat/table.ts";
import { statusOf } from "../../../../src/http/problem.ts";
import { createRouter } from "../../../../src/http/route.ts";
import { createThrottle } from "../../../../src/http/throttle.ts";
import { aBundle, CODE, ID, KEY, NUMBER, read, SIGNING_KEYS } from "../bundle.ts";

const [FIRST = "", SECOND = ""] = SIGNING_KEYS.zitadel;
const signed = (body: string | Uint8Array, key = FIRST) =>
  createHmac("sha256", key).update(body).digest("hex");

/** A webhook of an identity provider: client in the path, signature over the raw body, JSON of its own. */
const webhook: FrontEnd = {
  name: "webhook",
  bases: ["/compat/webhook/:client"],
  calls: [
    {
      methods: ["POST"],
      path: "",
      sends: true,
      ask: ({ body, header, param }) => {
        const { phone, message } = JSON.parse(Buffer.from(body).toString()) as Record<string, string>;
        return {
          kind: "send",
          signature: {
            clientId: param("client") ?? "",
            scheme: "zitadel",
            holds: (key) => header("x-signature") === signed(body, key),
          },
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
    signers: bundle.deps.signers,
    source: () => "test",
    throttle: createThrottle(bundle.clock),
  });
  const app: Hono = createRouter(frontEndRoutes([webhook], { ...bundle.deps, auth }), bundle.deps);
  const post = (body: string, signature: string, client = "cloud") =>
    read(
      app.request(`/compat/webhook/${client}`, {
        method: "POST",
        headers: { "x-signature": signature },
        body,
      }),
    );
  return { ...bundle, post };
}

it("a front end that is signed needs a signature of one of its client's keys, and no other secret", async () => {
  const { post, accepted, answered } = anApp();
  const body = JSON.stringify({ phone: NUMBER, message: `${CODE} is your code` });
  expect((await post(body, signed(body))).body).toEqual({ id: ID });
  expect((await post(body, signed(body, SECOND))).body).toEqual({ id: ID });
  expect(accepted).toHaveLength(2);
  const unknown = await post(body, signed(body), "nobody");
  expect(unknown.status).toBe(401);
  for (const [signature, client] of [
    [signed(`${body} `), "cloud"],
    [signed(body, "another key"), "cloud"],
    ["", "cloud"],
    [signed(body), "a.b"],
  ] as const) {
    const refused = await post(body, signature, client);
    expect([refused.status, refused.raw]).toEqual([401, unknown.raw]);
  }
  expect(accepted).toHaveLength(2);
  expect(answered.map(({ door, route, intake }) => [door, route, intake])).toEqual(
    Array(7).fill(["webhook", "/compat/webhook/:client", true]),
  );
});

it("whoever guesses at signatures is slowed down, and a good one from the same address is not", async () => {
  const { post, accepted } = anApp();
  const body = JSON.stringify({ phone: NUMBER, message: `${CODE} is your code` });
  for (let n = 0; n < 6; n++) await post(body, "guess");
  const slowed = await post(body, "guess");
  expect([slowed.status, slowed.body]).toMatchObject([
    429,
    { said: expect.stringContaining("Too many wrong keys") },
  ]);
  expect((await post(body, signed(body))).status).toBe(200);
  expect(accepted).toHaveLength(1);
});

it("every front end has addresses and a name of its own", () => {
  const { deps } = aBundle();
  const auth = createClientAuth({
    clients: deps.clients,
    signers: deps.signers,
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
    signers: deps.signers,
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
