import { createServer as createPlainServer, type Socket } from "node:net";
import { once } from "node:events";
import { createServer as createTlsServer } from "node:tls";
import type { AddressInfo, Server } from "node:net";
import { expect, it, onTestFinished, vi } from "vitest";
import { createCaller, type CallRequest } from "../../../src/providers/call.ts";
import { selfSigned } from "../../support/certificate.ts";
import { startFaultyServer, type Reply } from "../../support/faulty-server.ts";
import { freePort } from "../../support/ports.ts";

const POST: CallRequest = {
  method: "POST",
  path: "/api/sms",
  headers: { "x-api-key": "canary-key", "content-type": "application/json" },
  body: '{"text":"canary 424242"}',
};
const ok: Reply = { kind: "answer", status: 200, body: "fine", headers: { "x-word": "hello" } };
const alive = () => new AbortController().signal;

function aCaller(baseUrl: string, options: { proxy?: string; callTimeoutMs?: number } = {}) {
  const caller = createCaller({
    baseUrl,
    proxy: options.proxy,
    callTimeoutMs: options.callTimeoutMs ?? 1_000,
  });
  onTestFinished(caller.close);
  return caller;
}

async function aServer(reply: Reply) {
  const server = await startFaultyServer(reply);
  onTestFinished(server.close);
  return server;
}

async function listening<S extends Server>(server: S): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

it("gives status, headers and body, below the base URL's path", async () => {
  const server = await aServer(ok);
  const answer = await aCaller(`${server.url}/prefix`).call(POST, alive());
  if (answer.kind !== "answer") throw new Error(answer.kind);
  expect([answer.status, answer.header("x-word"), answer.header("x-none"), answer.body]).toEqual([
    200,
    "hello",
    undefined,
    "fine",
  ]);
  expect(server.requests[0]).toMatchObject({ path: "/prefix/api/sms", body: POST.body });
});

it("keeps connections for the next calls", async () => {
  const server = await aServer(ok);
  const { call } = aCaller(server.url);
  for (let turn = 0; turn < 20; turn += 1) expect((await call(POST, alive())).kind).toBe("answer");
  // undici frees a connection one turn of the event loop after its answer, so a second one may be opened.
  expect(server.open()).toBeLessThanOrEqual(2);
});

it("nothing is sent when the name does not resolve", async () => {
  const result = await aCaller("http://nowhere.invalid").call(POST, alive());
  expect(result).toEqual({ kind: "unsent", why: "dns" });
});

it("nothing is sent when nobody listens, also by proxy", async () => {
  const nobody = `http://127.0.0.1:${await freePort()}`;
  expect(await aCaller(nobody).call(POST, alive())).toEqual({ kind: "unsent", why: "connect" });
  const byProxy = aCaller("http://provider.example.com", { proxy: nobody });
  expect(await byProxy.call(POST, alive())).toEqual({ kind: "unsent", why: "connect" });
});

it("nothing is sent to a certificate that nobody vouches for, whatever the environment says", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  onTestFinished(() => void vi.unstubAllEnvs());
  const seen: string[] = [];
  const server = createTlsServer(selfSigned("localhost"), (socket) => {
    socket.on("error", () => undefined).on("data", (chunk) => seen.push(chunk.toString()));
  });
  server.on("tlsClientError", () => undefined);
  const port = await listening(server);
  expect(await aCaller(`https://localhost:${port}`).call(POST, alive())).toEqual({
    kind: "unsent",
    why: "tls",
  });
  expect(seen).toEqual([]);
});

it("nothing is sent where https meets plain http", async () => {
  const { url } = await aServer({ kind: "raw", bytes: "HTTP/1.1 400 Bad Request\r\n\r\n" });
  const server = createPlainServer((socket) =>
    socket.on("error", () => undefined).end("HTTP/1.1 400 no\r\n\r\n"),
  );
  const port = await listening(server);
  expect(url).toContain("127.0.0.1");
  expect(await aCaller(`https://127.0.0.1:${port}`).call(POST, alive())).toEqual({
    kind: "unsent",
    why: "tls",
  });
});

it("nothing is sent when the handshake hangs until the deadline", async () => {
  const sockets: Socket[] = [];
  const server = createPlainServer((socket) => void sockets.push(socket.on("error", () => undefined)));
  const port = await listening(server);
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  const { call } = aCaller(`https://127.0.0.1:${port}`, { callTimeoutMs: 200 });
  expect(await call(POST, alive())).toEqual({ kind: "unsent", why: "connect" });
});

it("a call given up while it connects is never written afterwards", async () => {
  let accept: (() => void) | undefined;
  const bytes: string[] = [];
  const server = createPlainServer({ pauseOnConnect: true }, (socket) => {
    socket.on("error", () => undefined).on("data", (chunk) => bytes.push(chunk.toString()));
    accept = () => socket.resume();
  });
  const port = await listening(server);
  const giveUp = new AbortController();
  const { call } = aCaller(`http://127.0.0.1:${port}`);
  const calling = call(POST, giveUp.signal);
  giveUp.abort();
  expect(await calling).toEqual({ kind: "unsent", why: "aborted" });
  await expect.poll(() => accept).toBeDefined();
  accept?.();
  expect(await call({ ...POST, path: "/second" }, AbortSignal.timeout(100))).toMatchObject({
    kind: "doubtful",
  });
  expect(bytes.join("")).not.toContain("/api/sms");
});

it("a kept-alive connection that is reset leaves the call in doubt", async () => {
  const server = await aServer(ok);
  const { call } = aCaller(server.url);
  expect((await call(POST, alive())).kind).toBe("answer");
  server.reply({ kind: "reset" });
  expect(await call(POST, alive())).toEqual({ kind: "doubtful", cause: "reset" });
});

it("reads up to the cap and not a byte more", async () => {
  const server = await aServer({ kind: "answer", status: 200, body: "x".repeat(1_000) });
  const { call } = aCaller(server.url);
  expect(await call({ ...POST, maxBytes: 1_000 }, alive())).toMatchObject({ kind: "answer" });
  expect(await call({ ...POST, maxBytes: 999 }, alive())).toEqual({ kind: "doubtful", cause: "oversize" });
});

it("too many headers are no answer either", async () => {
  const lines = `x-a: ${"y".repeat(1_000)}\r\n`.repeat(64);
  const server = await aServer({ kind: "raw", bytes: `HTTP/1.1 200 OK\r\n${lines}\r\n` });
  expect((await aCaller(server.url).call(POST, alive())).kind).toBe("doubtful");
});

it("what is in flight ends when the caller closes", async () => {
  const server = await aServer({ kind: "hang" });
  const caller = createCaller({ baseUrl: server.url, proxy: undefined });
  const calling = caller.call(POST, alive());
  await server.received(1);
  await caller.close();
  expect((await calling).kind).toBe("doubtful");
  expect((await caller.call(POST, alive())).kind).toBe("unsent");
});

it("does not keep connecting for a call that has ended", async () => {
  let connections = 0;
  const proxy = createPlainServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined).on("data", () => socket.destroy());
  });
  const port = await listening(proxy);
  const { call } = aCaller("http://provider.example.com", { proxy: `http://127.0.0.1:${port}` });
  expect(await call(POST, alive())).toEqual({ kind: "unsent", why: "connect" });
  expect(connections).toBeLessThanOrEqual(2);
});

it("goes through a proxy as a tunnel, and a proxy's refusal means unsent", async () => {
  const server = await aServer(ok);
  const target = new URL(server.url);
  const { connect } = await import("node:net");
  const asked: string[] = [];
  let allow = true;
  const proxy = createPlainServer((socket) => {
    socket
      .on("error", () => undefined)
      .once("data", (chunk) => {
        asked.push(chunk.toString().split("\r\n")[0] ?? "");
        if (!allow) return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
        const through = connect(Number(target.port), target.hostname);
        through
          .on("error", () => undefined)
          .once("connect", () => {
            socket.write("HTTP/1.1 200 Connected\r\n\r\n");
            socket.pipe(through).pipe(socket);
          });
        return undefined;
      });
  });
  const port = await listening(proxy);
  const { call } = aCaller(server.url, { proxy: `http://127.0.0.1:${port}` });
  expect(await call(POST, alive())).toMatchObject({ kind: "answer", status: 200 });
  expect(asked).toEqual([`CONNECT ${target.host} HTTP/1.1`]);
  allow = false;
  const other = aCaller("http://provider.example.com", { proxy: `http://127.0.0.1:${port}` });
  expect(await other.call(POST, alive())).toEqual({ kind: "unsent", why: "connect" });
});

it("no result holds a word of the request", async () => {
  for (const reply of [
    { kind: "reset" },
    { kind: "hang" },
    { kind: "raw", bytes: "junk\r\n\r\n" },
  ] as const) {
    const server = await aServer(reply);
    const result = await aCaller(server.url, { callTimeoutMs: 100 }).call(POST, alive());
    expect(JSON.stringify(result)).not.toMatch(/canary|424242|api.sms|127\.0/);
  }
});
