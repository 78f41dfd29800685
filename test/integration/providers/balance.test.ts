import { expect, it, onTestFinished } from "vitest";
import { seven } from "../../../src/providers/seven.ts";
import { startTwin } from "../../../src/twins/serve.ts";
import { type FaultyServer, startFaultyServer } from "../../support/faulty-server.ts";

const alive = () => new AbortController().signal;

function read(url: string) {
  const configured = seven.configure({ SEVEN_API_KEY: "key-1", SEVEN_BASE_URL: url });
  if (configured.kind !== "ready") throw new Error("seven is not configured");
  const deps = { clock: { now: Date.now }, reportUrl: undefined, proxy: undefined, callTimeoutMs: 1_000 };
  const provider = configured.provider.create(deps);
  onTestFinished(provider.close);
  return provider.balance?.(alive());
}

async function answering(status: number, body: string): Promise<FaultyServer> {
  const server = await startFaultyServer({ kind: "answer", status, body });
  onTestFinished(server.close);
  return server;
}

it("seven's twin tells its credit", async () => {
  const twin = await startTwin("seven", { fsync: false });
  onTestFinished(twin.close);
  const balance = await read(twin.url);
  expect(balance?.currency).toBe("EUR");
  expect(balance?.micros).toBeGreaterThan(0);
});

it("is asked for with the key in a header", async () => {
  const server = await answering(200, '{"amount":41.25,"currency":"EUR"}');
  expect(await read(server.url)).toEqual({ micros: 41_250_000, currency: "EUR" });
  const headers = { "x-api-key": "key-1", accept: "application/json" };
  expect(server.requests).toMatchObject([{ method: "GET", path: "/api/balance", headers }]);
});

it("may be below nothing", async () => {
  const server = await answering(200, '{"amount":-0.5,"currency":"EUR"}');
  expect(await read(server.url)).toEqual({ micros: -500_000, currency: "EUR" });
});

it.each([
  ["a bad key", 200, '"900"'],
  ["a bare code", 200, "900"],
  ["no currency", 200, '{"amount":41.25}'],
  ["a text as amount", 200, '{"amount":"41.25","currency":"EUR"}'],
  ["a page", 502, "<html>"],
])("%s is no credit", async (_name, status, body) => {
  expect(await read((await answering(status, body)).url)).toBeUndefined();
});

it("a server that is away is no credit", async () => {
  expect(await read("http://127.0.0.1:9")).toBeUndefined();
});
