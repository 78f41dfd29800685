import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type ApiClient, call, createApiClient } from "../support/http-client.ts";
import {
  closeAll,
  freshDir,
  leftovers,
  NOTHING_LEFT,
  outputOf,
  redisIn,
  type Service,
  startUp,
} from "../support/service.ts";

afterAll(async () => expect(await leftovers()).toEqual(NOTHING_LEFT));

describe("a running service", () => {
  let service: Service;
  let api: ApiClient;
  beforeAll(async () => {
    service = await startUp({ DATA_DIR: freshDir() });
    api = createApiClient(service.ready);
  });
  afterAll(closeAll);

  test("prints one line of JSON with what a user needs", () => {
    const lines = service.process.stdout().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toBe("");
    expect(Object.keys(service.ready).toSorted()).toEqual(
      [
        "apiKey",
        "clientId",
        "dataDir",
        "operatorToken",
        "operatorUrl",
        "publicUrl",
        "redis",
        "reportUrls",
        "twins",
      ].toSorted(),
    );
    expect(service.ready.apiKey).toMatch(/^local\.[A-Za-z0-9_-]{40,}$/);
    expect(service.ready.twins).toMatchObject({
      seven: expect.any(String),
      telegramGateway: expect.any(String),
      gatewayapi: expect.any(String),
    });
  });

  test("answers probes on both listeners", async () => {
    for (const url of [service.ready.publicUrl, service.ready.operatorUrl]) {
      for (const path of ["/livez", "/readyz"]) expect((await call(url + path)).status).toBe(200);
    }
  });

  test("takes a code with the printed key and follows it until it is delivered", async () => {
    const answer = await api.post({ to: "+4915112345678", code: "482913" });
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ state: "queued", sandbox: true });
    expect(answer.headers.get("location")).toBe(`/v1/deliveries/${String(answer.json["id"])}`);
    const seen = await api.until(String(answer.json["id"]), "delivered");
    expect(seen).toMatchObject({ sandbox: true, recipient: "+49*********78" });
    expect(seen.attempts).toMatchObject([{ number: 1, route: "seven-sms", state: "delivered" }]);
    const order = seen.timeline.map(({ kind }) => kind);
    expect(order.length).toBeGreaterThanOrEqual(4);
    expect(seen.timeline.map(({ at }) => at)).toEqual(seen.timeline.map(({ at }) => at).toSorted());
  });

  test("refuses a request without a key, and one with a key that was never made", async () => {
    const body = JSON.stringify({ to: "+4915112345678", code: "482913" });
    const headers = { "content-type": "application/json" };
    const url = `${service.ready.publicUrl}/v1/deliveries`;
    expect((await call(url, { method: "POST", headers, body })).status).toBe(401);
    const wrong = { ...headers, authorization: "Bearer local.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
    expect((await call(url, { method: "POST", headers: wrong, body })).status).toBe(401);
  });

  test("does not share its directory with a second one, which says who has it", async () => {
    const second = await outputOf(["up", "--json"], {
      DATA_DIR: service.ready.dataDir,
      PORT: "0",
      OPERATOR_PORT: "0",
    });
    expect(second.code).toBe(1);
    expect(second.stdout).toBe("");
    expect(second.stderr).toContain(`in use by a running otpost (pid ${service.process.pid})`);
    await api.until(await api.send({ to: "+4915112345679", code: "482914" }), "delivered");
  });
});

describe("starting", () => {
  afterEach(closeAll);

  test.each(["PORT", "OPERATOR_PORT"])(
    "a taken %s is told, with exit code 1 and no Redis left",
    async (name) => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const port = String((server.address() as AddressInfo).port);
      const DATA_DIR = freshDir();
      const failed = await outputOf(["up", "--json"], {
        DATA_DIR,
        PORT: "0",
        OPERATOR_PORT: "0",
        [name]: port,
      });
      server.close();
      expect(failed).toMatchObject({ code: 1, stdout: "" });
      expect(failed.stderr).toContain(`Port ${port} is taken by another program: set ${name} to a free one`);
      expect(existsSync(join(DATA_DIR, "redis"))).toBe(true);
      expect(redisIn(DATA_DIR)).toEqual([]);
    },
  );

  test("keeps key, token, report addresses and deliveries over a restart", async () => {
    const DATA_DIR = freshDir();
    const first = await startUp({ DATA_DIR });
    const id = await createApiClient(first.ready).send({ to: "+4915112345680", code: "730518" });
    const before = await createApiClient(first.ready).until(id, "delivered");
    expect(await first.end()).toEqual({ code: 0, signal: null });
    expect(redisIn(DATA_DIR)).toEqual([]);
    const second = await startUp({ DATA_DIR });
    const { apiKey, operatorToken } = first.ready;
    expect(second.ready).toMatchObject({ apiKey, operatorToken });
    const path = (url = "") => new URL(url).pathname;
    expect(path(second.ready.reportUrls["seven"])).toBe(path(first.ready.reportUrls["seven"]));
    expect(await createApiClient(second.ready).view(id)).toEqual(before);
    expect(await second.end("SIGINT")).toEqual({ code: 0, signal: null });
    expect(redisIn(DATA_DIR)).toEqual([]);
  });
});

describe.concurrent("a start that is refused", () => {
  afterAll(closeAll);

  test.each([
    ["up in production", ["up", "--json"], { NODE_ENV: "production" }],
    ["serve", ["serve"], {}],
    ["work", ["work"], {}],
    ["serve with a sandbox only", ["serve"], { SANDBOX: "1", ROUTES: "sandbox" }],
  ])("%s without a provider's key ends with 78", async (_name, args, env) => {
    const DATA_DIR = freshDir();
    const refused = await outputOf(args, { DATA_DIR, PORT: "0", OPERATOR_PORT: "0", ...env });
    expect(refused).toMatchObject({ code: 78, stdout: "" });
    expect(refused.stderr).toContain("SEVEN_API_KEY");
    expect(redisIn(DATA_DIR)).toEqual([]);
  });

  test.each([["up", "--json"], ["work"]])(
    "%s tells every fault of its settings at once, and no value",
    async (...args) => {
      const bad = {
        PORT: "70000-secretvalue",
        OPERATOR_TOKEN: "short-secretval",
        MASTER_KEY: "c2VjcmV0dmFsdWU=",
        REDIS_URL: "secretvalue://x",
        LOG_LEVEL: "secretvalue",
        SEVEN_API_KEY: "secretvalue with blanks",
        SEVEN_MAX_PER_SECOND: "-1secretvalue",
        PUBLIC_URL: "ftp://secretvalue",
      };
      const refused = await outputOf(args, { DATA_DIR: freshDir(), ...bad });
      expect(refused).toMatchObject({ code: 78, stdout: "" });
      for (const name of Object.keys(bad)) expect(refused.stderr).toContain(`${name}: `);
      expect(refused.stderr).not.toMatch(/secretval|c2VjcmV0/);
      expect(refused.stderr).not.toContain("    at ");
    },
  );
});
