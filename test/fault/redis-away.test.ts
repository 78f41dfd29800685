import { afterAll, afterEach, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import {
  type Answer,
  type ApiClient,
  bodiesFor,
  call,
  createApiClient,
  plainNumber,
  sendMany,
} from "../support/http-client.ts";
import { freePort } from "../support/ports.ts";
import { startRedisProcess } from "../support/redis-process.ts";
import { createInstallation } from "../support/roles.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, startUp, type Service } from "../support/service.ts";
import { allEnded } from "../support/endings.ts";
import { exactlyOnce, startTwinProcess, type TwinProcess } from "../support/twin-process.ts";

afterEach(closeAll);
afterAll(async () => expect(await leftovers()).toEqual(NOTHING_LEFT));

/** The promise for an answer while Redis hangs. */
const ANSWER_PROMISE_MS = 1_200;

type Bench = {
  twin: TwinProcess;
  redis: Awaited<ReturnType<typeof startRedisProcess>>;
  service: Service;
  api: ApiClient;
};

async function bench(): Promise<Bench> {
  const [twin, redis] = await Promise.all([startTwinProcess(), startRedisProcess()]);
  const ports = { PORT: String(await freePort()), OPERATOR_PORT: String(await freePort()) };
  const service = await startUp({ ...twin.env, ...ports, REDIS_URL: redis.url, DATA_DIR: freshDir() });
  await twin.hook(service.ready.reportUrls["seven"]!);
  return { twin, redis, service, api: createApiClient(service.ready) };
}

const status = async (url: string): Promise<number> => (await call(url)).status;

function expectRefused({ status: code, headers, json, tookMs }: Answer): void {
  expect({ code, json }).toMatchObject({ code: 503, json: { code: "unavailable" } });
  expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(5);
  expect(Number(headers.get("retry-after"))).toBeLessThanOrEqual(10);
  expect(tookMs).toBeLessThan(ANSWER_PROMISE_MS);
}

describe("Redis away", () => {
  test.each([
    ["stopped", "SIGTERM"],
    ["killed", "SIGKILL"],
    ["hanging", "SIGSTOP"],
  ] as const)("%s: refused fast, known codes still answered, well again by itself", async (_name, signal) => {
    const { twin, redis, service, api } = await bench();
    const known = { to: plainNumber(1, 50), code: "482913" };
    const id = await api.send(known);
    await api.until(id, "delivered");
    const text = { to: plainNumber(2, 50), msg: "730518 is your Nextcloud authentication code" };
    const page = await api.playsms(text);
    const hung = signal === "SIGSTOP";
    if (hung) redis.signal(signal);
    else await redis.stop(signal);

    await eventually(async () => expect(await status(`${service.ready.publicUrl}/readyz`)).toBe(503));
    const fresh = Array.from({ length: 5 }, (_, n) =>
      api.post({ to: plainNumber(10 + n, 50), code: "482913" }),
    );
    for (const answer of await Promise.all(fresh)) expectRefused(answer);
    const again = await api.post(known);
    expect({ status: again.status, id: again.json["id"] }).toEqual({ status: 202, id });
    expect(again.tookMs).toBeLessThan(ANSWER_PROMISE_MS);
    const pageAgain = await api.playsms(text);
    expect(pageAgain.status).toBe(200);
    expect(pageAgain.json["data"]).toEqual(page.json["data"]);
    const other = await api.post({ ...known, code: "482914" });
    expectRefused(other);
    expect(await status(`${service.ready.publicUrl}/livez`)).toBe(200);
    expect(await status(`${service.ready.operatorUrl}/livez`)).toBe(200);
    expect(await api.metric("otp_redis_up")).toBe(0);
    expect((await api.get(id)).status).toBe(503);

    if (hung) redis.signal("SIGCONT");
    else await redis.start();
    await eventually(async () => expect(await status(`${service.ready.publicUrl}/readyz`)).toBe(200), {
      timeoutMs: 10_000,
    });
    const ids = await sendMany(api, bodiesFor(20, 51));
    expect(await allEnded(api, ids, 45_000)).toEqual({ delivered: 20 });
    // A refused request may have been stored all the same; it is then sent, once.
    const { otherwise } = exactlyOnce(await twin.accepted());
    expect(otherwise).toEqual([]);
    expect(await api.metric("otp_conservation_gap")).toBe(0);
    expect(await service.end()).toEqual({ code: 0, signal: null });
  });

  test("restarts under load lose nothing that was answered 202", async () => {
    const { twin, redis, api, service } = await bench();
    const sending = sendMany(api, bodiesFor(300, 52), 8);
    for (const target of [40, 140]) {
      await eventually(async () => expect((await twin.counts()).accepted).toBeGreaterThan(target), {
        timeoutMs: 30_000,
      });
      await redis.stop("SIGKILL");
      await redis.start();
    }
    expect(await allEnded(api, await sending, 60_000)).toEqual({ delivered: 300 });
    expect(exactlyOnce(await twin.accepted())).toEqual({ recipients: 300, otherwise: [] });
    expect(await api.metric("otp_conservation_gap")).toBe(0);
    expect(await service.end()).toEqual({ code: 0, signal: null });
  });

  test("intake and workers that start before Redis wait for it, unready", async () => {
    const [twin, redis] = await Promise.all([startTwinProcess(), startRedisProcess()]);
    const installation = await createInstallation({ ...twin.env, REDIS_URL: redis.url });
    const api = await installation.addClient("cloud");
    await twin.hook(installation.reportUrl);
    await redis.stop();
    const serve = await installation.serve();
    const url = installation.env.PUBLIC_URL;
    expect([await status(`${url}/livez`), await status(`${url}/readyz`)]).toEqual([200, 503]);
    const working = installation.work();
    expectRefused(await api.post({ to: plainNumber(1, 53), code: "482913" }));
    await redis.start();
    const work = await working;
    await eventually(async () => expect(await status(`${url}/readyz`)).toBe(200), { timeoutMs: 10_000 });
    await api.until(await api.send({ to: plainNumber(1, 53), code: "482913" }), "delivered");
    for (const one of [work, serve]) {
      one.kill("SIGTERM");
      expect(await one.exited).toEqual({ code: 0, signal: null });
    }
  });
});
