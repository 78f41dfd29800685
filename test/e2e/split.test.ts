import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { bodiesFor, createApiClient, sendMany } from "../support/http-client.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/ports.ts";
import { startRedisProcess } from "../support/redis-process.ts";
import { createInstallation } from "../support/roles.ts";
import { closeAll, end, freshDir, leftovers, NOTHING_LEFT, runCli, startUp } from "../support/service.ts";
import { envFor, exactlyOnce, startTwinProcess, type Taken } from "../support/twin-process.ts";

afterEach(closeAll);
afterAll(async () => expect(await leftovers()).toEqual(NOTHING_LEFT));

describe("processes of their own", () => {
  test("one intake, two workers and `otpost twin` bring 200 codes exactly once each", async () => {
    const redis = await startRedisProcess();
    const sevenPort = await freePort();
    const telegramPort = await freePort();
    const gatewayapiPort = await freePort();
    const urls = { seven: `http://127.0.0.1:${sevenPort}`, telegram: `http://127.0.0.1:${telegramPort}` };
    const installation = await createInstallation({
      ...envFor(urls),
      REDIS_URL: redis.url,
      SEVEN_MAX_PER_SECOND: "80",
    });
    const ledgerFile = join(freshDir(), "ledger.ndjson");
    const options = {
      "--seven-port": String(sevenPort),
      "--telegram-port": String(telegramPort),
      "--gatewayapi-port": String(gatewayapiPort),
      "--ledger": ledgerFile,
      "--rate": "1000",
      "--report-url": installation.reportUrl,
      "--api-key": installation.env["SEVEN_API_KEY"]!,
      "--signing-key": installation.env["SEVEN_SIGNING_KEY"]!,
    };
    const twin = await runCli(["twin", "--json", ...Object.entries(options).flat()]);
    expect(JSON.parse(await twin.waitForLine(/^\{/))).toEqual({
      seven: urls.seven,
      telegramGateway: urls.telegram,
      gatewayapi: `http://127.0.0.1:${gatewayapiPort}`,
    });

    const serve = await installation.serve();
    const workers = await Promise.all([installation.work(), installation.work()]);
    const api = await installation.addClient("cloud", "--region", "DE");
    const ids = await sendMany(api, bodiesFor(200, 20));
    expect(new Set(ids).size).toBe(200);
    for (const id of ids) expect(await api.untilEnded(id)).toMatchObject({ state: "delivered" });

    const ledger = await readFile(ledgerFile, "utf8");
    const lines = ledger
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Taken);
    const taken = lines.filter(({ event }) => event === "accepted");
    expect(exactlyOnce(taken)).toEqual({ recipients: 200, otherwise: [] });
    expect(await api.metric("otp_conservation_gap")).toBe(0);
    expect(shares(workers.map((w) => w.stdout())).every((share) => share > 0)).toBe(true);
    expect((await api.view(ids[0]!)).sandbox).toBeUndefined();
    for (const one of [serve, ...workers, twin]) expect(await end(one)).toEqual({ code: 0, signal: null });
  });

  test("serve and work join the Redis of a running `up` by its directory", async () => {
    const twin = await startTwinProcess();
    const DATA_DIR = freshDir();
    const up = await startUp({ ...twin.env, DATA_DIR });
    await twin.hook(up.ready.reportUrls["seven"]!);
    const [port, operatorPort] = [await freePort(), await freePort()];
    const shared = { ...twin.env, DATA_DIR, PORT: String(port), OPERATOR_PORT: String(operatorPort) };
    const serve = await runCli(["serve"], shared);
    await serve.waitForLine("serve.started");
    const work = await runCli(["work"], { ...shared, OPERATOR_PORT: "0" });
    await work.waitForLine("work.started");

    const second = createApiClient({ ...up.ready, publicUrl: `http://127.0.0.1:${port}` });
    const ids = await sendMany(second, bodiesFor(20, 21));
    const first = createApiClient(up.ready);
    for (const id of ids) expect((await first.untilEnded(id)).state).toBe("delivered");
    expect(exactlyOnce(await twin.accepted())).toEqual({ recipients: 20, otherwise: [] });
    const both = createApiClient({ ...up.ready, operatorUrl: `http://127.0.0.1:${operatorPort}` });
    await eventually(async () => expect(await both.metric("otp_conservation_gap")).toBe(0));
    for (const one of [work, serve]) expect(await end(one)).toEqual({ code: 0, signal: null });
  });
});

/** How many calls each worker made, by its own log. */
function shares(logs: string[]): number[] {
  return logs.map((log) => log.split('"attempt.finished"').length - 1);
}
