import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { type Listening, listen } from "../../../src/http/listen.ts";
import { aBundle, aRequest, CODE, NUMBER } from "./bundle.ts";

const open: Listening[] = [];
const agents: Agent[] = [];

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await Promise.all(open.splice(0).map((l) => l.close()));
});

async function aListener(app: Pick<Hono, "fetch">, port = 0): Promise<Listening> {
  const listening = await listen(app, { host: "127.0.0.1", port, setting: "PORT" });
  open.push(listening);
  return listening;
}

async function status(url: string, agent: Agent): Promise<number | undefined> {
  const sent = request(url, { agent }).end();
  const [response] = await once(sent, "response");
  response.resume();
  await once(response, "end");
  return response.statusCode;
}

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true });
  agents.push(agent);
  return agent;
}

describe("a listener", () => {
  it("serves the intake over a real socket, with and without a declared length", async () => {
    const { app, accepted } = aBundle();
    const { url } = await aListener(app);
    const body = JSON.stringify({ to: NUMBER, code: CODE });
    expect((await fetch(`${url}/v1/deliveries`, aRequest(body))).status).toBe(202);
    const chunked = { ...aRequest(body), body: new Blob([body]).stream(), duplex: "half" } as RequestInit;
    expect((await fetch(`${url}/v1/deliveries`, chunked)).status).toBe(202);
    expect(accepted).toHaveLength(2);
  });

  it("cuts a body that never ends, and a head above 8 KB", async () => {
    const { app } = aBundle();
    const { url } = await aListener(app);
    const endless = new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(1024).fill(32)) });
    const init = { ...aRequest(""), body: endless, duplex: "half" } as RequestInit;
    const answer = await fetch(`${url}/v1/deliveries`, init).then(
      (r) => r.status,
      () => "cut",
    );
    expect([413, "cut"]).toContain(answer);
    expect((await fetch(`${url}/livez`, { headers: { "x-long": "x".repeat(9_000) } })).status).toBe(431);
  });

  it("says what to do when its port is taken", async () => {
    const { app } = aBundle();
    const { url } = await aListener(app);
    const port = Number(new URL(url).port);
    await expect(aListener(app, port)).rejects.toThrow(
      `Port ${port} is taken by another program: set PORT to a free one`,
    );
    await expect(listen(app, { host: "192.0.2.1", port: 0, setting: "PORT" })).rejects.toThrow(
      "192.0.2.1 is not an address of this machine",
    );
  });

  it("closes at once while connections are idle", async () => {
    const listening = await aListener(aBundle().app);
    expect(await status(`${listening.url}/livez`, keepAlive())).toBe(200);
    const startedAt = performance.now();
    await listening.close();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it("closes at once while a browser holds a connection that it has not used yet", async () => {
    const listening = await aListener(aBundle().app);
    const socket = connect(Number(new URL(listening.url).port), "127.0.0.1");
    await once(socket, "connect");
    const startedAt = performance.now();
    await listening.close();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    socket.destroy();
  });

  it("finishes a running request before it closes, and takes no new one", async () => {
    const started = withResolvers();
    const release = withResolvers();
    const app = new Hono().get("/slow", async (c) => {
      started.resolve();
      await release.promise;
      return c.text("done");
    });
    const listening = await aListener(app);
    const answer = status(`${listening.url}/slow`, keepAlive());
    await started.promise;
    const closed = listening.close();
    const refused = connect(Number(new URL(listening.url).port), "127.0.0.1");
    await expect(once(refused, "connect")).rejects.toThrow("ECONNREFUSED");
    release.resolve();
    expect(await answer).toBe(200);
    await closed;
  });
});

function withResolvers() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
