import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createDns } from "../../src/doctor/resolve.ts";
import type { EventPosted } from "../../src/flows/notify-ports.ts";
import { createEventPoster } from "../../src/notify/event-poster.ts";
import { createGuard } from "../../src/notify/guard.ts";
import { startDnsServer, type Zone } from "../support/dns-server.ts";
import { type FaultyServer, startFaultyServer } from "../support/faulty-server.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const TAKEN = { kind: "answer", status: 204, body: "" } as const;
const FORBIDDEN = { kind: "failed", words: expect.stringContaining("private or reserved address") };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function receiver(reply: Parameters<typeof startFaultyServer>[0] = TAKEN): Promise<FaultyServer> {
  const server = await startFaultyServer(reply);
  closers.push(server.close);
  return server;
}

/** What lookups get from a name server that knows only this zone, and which names were asked for. */
async function lookingUp(zone: Zone) {
  const server = await startDnsServer(zone);
  closers.push(server.close);
  const dns = createDns(server.address);
  const asked: string[] = [];
  const lookUp = async (host: string) => {
    asked.push(host);
    const [four, six] = await Promise.all([dns.a(host), dns.aaaa(host)]);
    const found = [...four, ...six].map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    if (found.length > 0) return found;
    throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
  };
  return { lookUp, asked };
}

type Options = { allow?: string[]; proxy?: string; zone?: Zone };

async function posting({ allow = [], proxy, zone = {} }: Options) {
  const { lookUp, asked } = await lookingUp(zone);
  const poster = createEventPoster({ guard: createGuard(allow, lookUp), proxy, now: Date.now, version: "0" });
  closers.push(poster.close);
  const post = (url: string): Promise<EventPosted> =>
    poster.post({ url, secrets: [SECRET] }, { id: "evt_1", body: "{}" }, new AbortController().signal);
  return { post, asked };
}

/** A proxy that tells what it was asked for and lets nothing through. */
async function proxy(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (chunk) => {
      asked.push(chunk.toString("latin1").split("\r\n")[0]!);
      socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test("a name that leads inside is not called, one that is named is", async () => {
  const server = await receiver();
  const { port } = new URL(server.url);
  const zone = {
    "hook.example": { addresses: ["127.0.0.1"] },
    "inside.example": { addresses: ["127.0.0.1"] },
  };
  const { post } = await posting({ allow: ["inside.example"], zone });
  expect(await post(`https://hook.example:${port}/`)).toEqual(FORBIDDEN);
  expect(server.requests).toEqual([]);
  expect(await post(`http://inside.example:${port}/`)).toEqual({ kind: "taken", status: 204 });
  expect(server.requests[0]?.headers["host"]).toBe(`inside.example:${port}`);
});

test("a name with one public and one private address is not called at all", async () => {
  const addresses = ["93.184.216.34", "127.0.0.1"];
  const { post } = await posting({ zone: { "hook.example": { addresses } } });
  expect(await post("https://hook.example/")).toEqual(FORBIDDEN);
});

test.each(["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "0.0.0.0"])(
  "even a name that is allowed inside does not lead to %s",
  async (address) => {
    const zone = { "inside.example": { addresses: [address] } };
    const { post } = await posting({ allow: ["inside.example"], zone });
    expect(await post("http://inside.example/latest/meta-data")).toEqual(FORBIDDEN);
  },
);

test("a name that changes its mind is judged anew for each connection, and asked once for each", async () => {
  const server = await receiver({ kind: "answer", status: 204, body: "", headers: { connection: "close" } });
  const { port } = new URL(server.url);
  const rebinding = { addresses: ["127.0.0.1"] };
  const { post, asked } = await posting({ allow: ["inside.example"], zone: { "inside.example": rebinding } });
  const url = `http://inside.example:${port}/`;
  expect(await post(url)).toEqual({ kind: "taken", status: 204 });
  rebinding.addresses = ["169.254.169.254"];
  expect(await post(url)).toEqual(FORBIDDEN);
  expect(asked).toEqual(["inside.example", "inside.example"]);
  expect(server.requests).toHaveLength(1);
});

test("the very address that was judged is connected to, whatever the name says a moment later", async () => {
  const server = await receiver();
  const { port } = new URL(server.url);
  let asked = 0;
  const answers = ["127.0.0.1", "127.0.0.2"];
  const guard = createGuard(["127.0.0.1", "inside.example"], async () => [
    { address: answers[Math.min(asked++, 1)]!, family: 4 },
  ]);
  const poster = createEventPoster({ guard, proxy: undefined, now: Date.now, version: "0" });
  closers.push(poster.close);
  const endpoint = { url: `http://inside.example:${port}/`, secrets: [SECRET] };
  const posted = await poster.post(endpoint, { id: "evt_1", body: "{}" }, new AbortController().signal);
  expect([posted, asked]).toEqual([{ kind: "taken", status: 204 }, 1]);
});

test("an address that is forbidden by now is not called, for settings may have changed since", async () => {
  const server = await receiver();
  const { post } = await posting({});
  expect(await post(server.url)).toMatchObject({ words: expect.stringContaining("https") });
  expect(await post(server.url.replace("http:", "https:"))).toMatchObject({
    words: expect.stringContaining("private"),
  });
  expect(server.requests).toEqual([]);
});

test("no redirect is followed", async () => {
  const elsewhere = await receiver();
  const server = await receiver({
    kind: "answer",
    status: 307,
    body: "",
    headers: { location: elsewhere.url },
  });
  const { post } = await posting({ allow: ["127.0.0.1"] });
  expect(await post(server.url)).toMatchObject({
    status: 307,
    words: expect.stringContaining("not followed"),
  });
  expect(elsewhere.requests).toEqual([]);
});

test("what went wrong is said without the address, which may hold a token", async () => {
  const { post } = await posting({ allow: ["127.0.0.1", "gone.example"] });
  const nowhere = await post("http://gone.example/secret-4711?token=4711");
  const closed = await post("http://127.0.0.1:9/secret-4711");
  const untrusted = await receiver();
  const plainHttp = await post(`${untrusted.url.replace("http:", "https:")}/secret-4711`);
  expect([nowhere, closed].map((one) => "words" in one && one.words)).toEqual([
    "no connection: the name was not found",
    "no connection: nobody listens there, or too slowly",
  ]);
  expect(plainHttp).toMatchObject({ kind: "failed", words: expect.stringContaining("no connection") });
  expect(JSON.stringify([nowhere, closed, plainHttp])).not.toMatch(/4711|gone/);
});

test("by a proxy only what does not lead inside is asked of it, and named hosts are called straight", async () => {
  const server = await receiver();
  const { port } = new URL(server.url);
  const between = await proxy();
  const zone = { "inside.example": { addresses: ["127.0.0.1"] }, "sly.example": { addresses: ["10.0.0.1"] } };
  const { post } = await posting({ allow: ["inside.example"], proxy: between.url, zone });
  expect(await post(`http://inside.example:${port}/`)).toEqual({ kind: "taken", status: 204 });
  expect(await post("https://sly.example/")).toEqual(FORBIDDEN);
  expect(await post("https://10.0.0.1/")).toMatchObject({ words: expect.stringContaining("private") });
  expect(between.asked).toEqual([]);
  expect(await post("https://only-the-proxy-knows.example/")).toMatchObject({ kind: "failed" });
  expect(between.asked).toEqual(["CONNECT only-the-proxy-knows.example:443 HTTP/1.1"]);
});
