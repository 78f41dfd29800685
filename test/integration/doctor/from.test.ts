import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Zone } from "../../support/dns-server.ts";
import type { Meddling } from "../../support/front.ts";
import { aDoctor, HOST, not, of, type World } from "./world.ts";

let doctor: Awaited<ReturnType<typeof aDoctor>>;
beforeAll(async () => {
  doctor = await aDoctor();
});
afterAll(() => doctor.close());
const examined = (world?: World) => doctor.examined(world);

test("an otpost behind a good proxy has nothing to hide, and nothing was sent", async () => {
  const found = await examined();
  expect(not(found, "ok")).toEqual([]);
  expect([...new Set(found.map(({ check }) => check))]).toEqual([
    "address",
    "name",
    "certificate",
    "redirects",
    "front ends",
    "slashes",
    "keep-alive",
  ]);
  expect(of(found, "front ends")).toHaveLength(5);
  expect((await doctor.bundle.flows.counts())["accepted"] ?? 0).toBe(0);
});

test("run again and again it is slowed down, and takes that for a refusal", async () => {
  await examined();
  expect(not(await examined(), "ok")).toEqual([]);
  expect(doctor.bundle.answered.some(({ code }) => code === "too_many_failures")).toBe(true);
});

describe("the name", () => {
  test.each([
    [
      "inside",
      { [HOST]: { addresses: ["203.0.113.7", "10.0.0.7"] } },
      [],
      "fail",
      /leads to 10\.0\.0\.7, inside/,
    ],
    ["carrier's", { [HOST]: { addresses: ["100.64.1.2"] } }, [], "fail", /100\.64\.1\.2, inside/],
    ["unknown", {}, [], "fail", /neither an A nor an AAAA/],
    ["in /etc/hosts only", {}, ["127.0.0.1"], "fail", /known to this machine, but not to DNS/],
    ["without addresses", { [HOST]: {} }, [], "fail", /neither an A nor an AAAA/],
    ["broken", { [HOST]: "broken" }, [], "fail", /did not say .*ESERVFAIL/],
    ["IPv6 only", { [HOST]: { addresses: ["2001:db8::7"] } }, [], "warn", /IPv6 addresses only/],
    ["IPv6 inside", { [HOST]: { addresses: ["fd00::7"] } }, [], "fail", /fd00::7, inside/],
    [
      "an alias",
      { [HOST]: { cname: "real.example.org" }, "real.example.org": { addresses: ["203.0.113.7"] } },
      [],
      "ok",
      /leads to 203\.0\.113\.7/,
    ],
    ["an alias of itself", { [HOST]: { cname: HOST } }, [], "fail", /neither an A nor an AAAA/],
  ] as [string, Zone, string[], string, RegExp][])("that is %s", async (_what, zone, hosts, level, words) => {
    const name = of(await examined({ zone, hosts }), "name");
    expect(name.at(-1)).toEqual([level, expect.stringMatching(words)]);
  });

  test("that is known to this machine only is enough without pinning, and the rest is looked at", async () => {
    const allowances = { localServers: false, noPinning: true };
    const found = await examined({ zone: {}, hosts: ["10.0.0.7"], deps: { allowances } });
    expect(not(found, "ok")).toEqual([]);
  });

  test("that leads nowhere ends the look", async () => {
    expect((await examined({ zone: {} })).map(({ check }) => check)).toEqual(["address", "name"]);
  });
});

describe("the way", () => {
  const answering =
    (status: number, headers: Record<string, string>, body = ""): Meddling =>
    (_request, response) => {
      response.writeHead(status, headers).end(body);
      return true;
    };

  test("a redirect is refused and told without its query", async () => {
    const found = await examined({
      meddle: answering(301, { location: "https://www.example.org/compat/playsms?h=secret" }),
    });
    expect(of(found, "redirects")).toEqual([
      ["fail", "it is redirected (301) to https://www.example.org/compat/playsms"],
    ]);
    expect(JSON.stringify(found)).not.toContain("secret");
  });

  test("a page of something else is no front end, though it answers 200", async () => {
    const found = await examined({
      meddle: answering(200, { "content-type": "text/html" }, "<h1>Welcome</h1>"),
    });
    const doors = of(found, "front ends");
    expect(doors).toHaveLength(5);
    for (const [level, what] of doors)
      expect([level, what]).toEqual(["fail", expect.stringMatching(/answered 200/)]);
  });

  test("a front end that is not let through is told by name, and only where it is asked for", async () => {
    const meddle: Meddling = ({ url = "" }, response) => {
      if (!url.startsWith("/compat/signal")) return false;
      response.writeHead(403).end();
      return true;
    };
    const found = await examined({ meddle });
    expect(not(found, "ok", "warn")).toEqual([
      ["front ends", "fail", "signal answered 403, and not in the words of otpost"],
    ]);
    const others = await examined({ meddle, deps: { drivers: ["playsms"] } });
    expect(not(others, "ok", "warn")).toEqual([]);
    expect(of(others, "front ends")).toHaveLength(1);
  });

  test("an answer after 1.2 s is slow", async () => {
    const meddle: Meddling = async ({ url = "" }) => {
      if (url.startsWith("/compat/playsms")) await sleep(1_300);
      return false;
    };
    const found = await examined({ meddle, deps: { drivers: ["playsms"] } });
    expect(of(found, "front ends")).toEqual([["warn", expect.stringMatching(/playsms took 1[3-9]\d\d ms/)]]);
  });

  test("connections that are cut are one finding", async () => {
    const meddle: Meddling = (_request, response) => {
      response.destroy();
      return true;
    };
    const found = await examined({ meddle });
    expect(of(found, "front ends")).toEqual([["fail", "otpost did not answer (ECONNRESET)"]]);
  });

  test("slashes that a proxy does not take, and connections that it closes, are told", async () => {
    const meddle: Meddling = ({ url = "" }, response) => {
      response.setHeader("connection", "close");
      if (!url.includes("//")) return false;
      response.writeHead(308, { location: url.replaceAll(/\/+/g, "/") }).end();
      return true;
    };
    const found = await examined({ meddle });
    expect(not(found, "ok")).toEqual([
      ["slashes", "warn", "an address with a doubled or trailing slash is redirected"],
      ["keep-alive", "note", "the connection is closed after each answer"],
    ]);
  });

  test("a path in front is kept in each call", async () => {
    const meddle: Meddling = (request) => {
      request.url = request.url?.replace(/^\/otp/, "") ?? "/";
      return false;
    };
    const found = await examined({ url: `https://${HOST}/otp/`, meddle });
    expect(not(found, "ok")).toEqual([["address", "note", "there is a path, /otp/"]]);
  });
});
