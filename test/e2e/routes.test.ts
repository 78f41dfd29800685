import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { call, createApiClient, plainNumber } from "../support/http-client.ts";
import { eventually } from "../support/eventually.ts";
import { startFaultyServer } from "../support/faulty-server.ts";
import { startRedisProcess } from "../support/redis-process.ts";
import { createInstallation } from "../support/roles.ts";
import {
  closeAll,
  closeLater,
  freshDir,
  leftovers,
  NOTHING_LEFT,
  outputOf,
  startUp,
} from "../support/service.ts";
import { exactlyOnce, startTwinProcess } from "../support/twin-process.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
/** What other workers may need to hear of a rest. */
const SYNC_MS = 600;

afterEach(closeAll);
afterAll(async () => expect(await leftovers()).toEqual(NOTHING_LEFT));

async function receiver() {
  const server = await startFaultyServer({ kind: "answer", status: 204, body: "" });
  closeLater(server.close);
  const told = () =>
    server.requests.map(({ body, headers }) => {
      const { data } = new Webhook(SECRET).verify(body, headers) as {
        data: { alert: string; says: string };
      };
      return data;
    });
  return { ...server, told, env: { ALERT_WEBHOOK_URL: server.url, ALERT_WEBHOOK_SECRET: SECRET } };
}

describe("an operator at the command line, beside a running service", () => {
  test("lists, stops, forces and releases a route; each word is alerted by webhook and on the page", async () => {
    const hook = await receiver();
    const { ready } = await startUp({ DATA_DIR: freshDir(), ...hook.env });
    const api = createApiClient(ready);
    const otpost = (...args: string[]) => outputOf(["routes", ...args], { DATA_DIR: ready.dataDir });

    const listed = await otpost("list", "--json");
    const routes = listed.stdout.trim().split("\n");
    expect(routes.map((line) => (JSON.parse(line) as { route: string }).route)).toEqual([
      "seven-sms",
      "telegram-gateway",
    ]);

    const stopped = await otpost("stop", "seven-sms", "--for", "2h", "--why", "outage", "--by", "Kim");
    expect(stopped).toMatchObject({ code: 0, stderr: "" });
    expect(stopped.stdout).toMatch(/^0 codes wait for seven-sms; they go to telegram-gateway/);
    expect(stopped.stdout).toMatch(/seven-sms is stopped until .*otpost routes auto seven-sms/);
    await eventually(async () => expect(await api.metric('otp_route_word{route="seven-sms"}')).toBe(2), {
      timeoutMs: 2_000,
    });
    const during = await api.send({ to: plainNumber(1, 71), code: "482913" });
    const view = await api.until(during, "delivered");
    expect(view.attempts.map((a) => a.route)).toEqual(["telegram-gateway"]);
    expect((await api.operator("/")).text).toContain("stopped</span> by Kim until");
    expect((await otpost("list")).stdout).toMatch(/word +stopped until .* by Kim: outage/);

    const released = await api.operator("/api/routes/seven-sms/word", { method: "DELETE" });
    expect(released.json).toMatchObject({ tookBack: { word: "stopped", by: "Kim" } });
    await eventually(async () => expect(await api.metric('otp_route_word{route="seven-sms"}')).toBe(0));
    const after = await api.until(await api.send({ to: plainNumber(2, 71), code: "482913" }), "delivered");
    expect(after.attempts.map((a) => a.route)).toEqual(["seven-sms"]);

    expect((await otpost("force", "seven-sms", "--why", "they say so", "--json")).code).toBe(0);
    expect((await otpost("auto", "seven-sms")).stdout).toContain("no longer forced");
    expect((await otpost("auto", "seven-sms")).stdout).toContain("Nobody had said anything");
    await eventually(() =>
      expect(
        hook
          .told()
          .map(({ alert }) => alert)
          .toSorted(),
      ).toEqual(["break_glass", "word_set", "word_set", "word_taken_back", "word_taken_back"]),
    );
    expect(hook.told()[0]!.says).toContain("Kim stopped route seven-sms for 120 min (outage)");
    expect((await api.operator("/")).text).toContain("Kim stopped route seven-sms for 120 min");

    const unknown = await otpost("stop", "sevn", "--why", "x");
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining("There is no route sevn. Routes: seven-sms, telegram-gateway"),
    ]);
    const refusals = [
      [["stop", "seven-sms"], "--why"],
      [["stop", "seven-sms", "--why", "x", "--for", "25h"], "from 1m to 24h"],
      [["stop", "seven-sms", "--why", "ring 0151 123 456 78"], "must not hold a telephone number"],
    ] as const;
    const refused = await Promise.all(refusals.map(([args]) => otpost(...args)));
    expect(refused.map(({ code }) => code)).toEqual([1, 1, 1]);
    for (const [n, { stderr }] of refused.entries()) expect(stderr).toContain(refusals[n]![1]);
  });

  test("tries the webhook and says what came back", async () => {
    const hook = await receiver();
    expect(await outputOf(["alerts", "test"], hook.env)).toMatchObject({
      code: 0,
      stdout: "The webhook took the test alert: HTTP 204.\n",
    });
    expect(hook.told()).toMatchObject([{ alert: "test", severity: "info" }]);
    hook.reply({ kind: "answer", status: 401, body: "no" });
    expect(await outputOf(["alerts", "test"], hook.env)).toMatchObject({
      code: 1,
      stderr: "otpost: The webhook did not take the test alert: HTTP 401.\n",
    });
    const unset = await outputOf(["alerts", "test"], { ALERT_WEBHOOK_URL: hook.url });
    expect([unset.code, unset.stderr]).toEqual([78, expect.stringContaining("ALERT_WEBHOOK_SECRET")]);
    expect((await outputOf(["alerts", "test"])).code).toBe(78);
  });

  test("without a worker so far it says what to start", async () => {
    const redis = await startRedisProcess();
    const { code, stderr } = await outputOf(["routes", "list"], { REDIS_URL: redis.url });
    expect([code, stderr]).toEqual([1, expect.stringContaining("No worker has run on this Redis yet")]);
  });
});

type Line = { time: string; event: string; detail?: string };

describe("a provider that asks for patience, and one whose account is empty", () => {
  test("429: two workers make no call until the rest is over, then every code arrives once", async () => {
    const [twin, redis] = [await startTwinProcess(), await startRedisProcess()];
    const installation = await createInstallation({
      ...twin.env,
      REDIS_URL: redis.url,
      TELEGRAM_GATEWAY_TOKEN: "",
    });
    await twin.hook(installation.reportUrl);
    await installation.serve();
    const workers = await Promise.all([installation.work(), installation.work()]);
    const api = await installation.addClient("cloud");
    const lines = (event: string) =>
      workers
        .flatMap((w) => w.stdout().split("\n"))
        .filter((line) => line.includes(`"${event}"`))
        .map((line) => JSON.parse(line) as Line);

    await twin.setFaults({ breakShare: 1, breakage: "status-429", breakAccepted: false });
    const ids = [await api.send({ to: plainNumber(0, 72), code: "482913" })];
    await eventually(() => expect(lines("route.rests")).toHaveLength(1));
    await twin.setFaults({ breakShare: 0 });
    const restsAt = Date.parse(lines("route.rests")[0]!.time);
    for (let n = 1; n <= 30; n++) ids.push(await api.send({ to: plainNumber(n, 72), code: "482913" }));
    for (const id of ids) await api.until(id, "delivered", 20_000);

    const startedAfterMs = lines("attempt.started").map(({ time }) => Date.parse(time) - restsAt);
    expect(startedAfterMs.filter((ms) => ms > SYNC_MS && ms < 1_950)).toEqual([]);
    expect(startedAfterMs.filter((ms) => ms >= 1_950).length).toBeGreaterThan(0);
    expect(exactlyOnce(await twin.accepted())).toEqual({ recipients: 31, otherwise: [] });
    expect(await api.metric('otp_circuit_state{circuit="route:seven-sms"}')).toBe(0);
  });

  test("Telegram's flood wait: one refusal, and the next codes go elsewhere without asking again", async () => {
    const twin = await startTwinProcess();
    const { ready } = await startUp({
      ...twin.env,
      DATA_DIR: freshDir(),
      ROUTES: "telegram-gateway,seven-sms",
    });
    await twin.hook(ready.reportUrls["seven"]!);
    const added = await outputOf(["clients", "add", "cloud", "--telegram-consent", "test", "--json"], {
      DATA_DIR: ready.dataDir,
    });
    const { apiKey } = JSON.parse(added.stdout) as { apiKey: string };
    const api = createApiClient({ ...ready, apiKey });
    await twin.setFaults({ refuseShare: 1, refuseError: "FLOOD_WAIT_30", refuseCode: "600" });
    const first = await api.send({ to: plainNumber(0, 73), code: "482913" });
    await eventually(async () => expect((await api.view(first)).attempts.length).toBeGreaterThan(0));
    await eventually(async () =>
      expect((await api.operator("/api/routes")).json["routes"]).toMatchObject([
        { route: "telegram-gateway", isOpenForCalls: false, restsUntil: expect.any(String) },
        { route: "seven-sms" },
      ]),
    );
    await twin.setFaults({ refuseShare: 0 });
    for (let n = 1; n <= 5; n++) {
      const id = await api.send({ to: plainNumber(n, 73), code: "482913" });
      const { attempts } = await api.until(id, "delivered");
      expect(attempts.map((a) => a.route)).toEqual(["seven-sms"]);
    }
    const asked = (await twin.ledger()).filter((e) => e.event === "refused" && e.provider !== "seven");
    expect(asked).toHaveLength(1);
  });

  test("no credit: one alert of two workers, and a webhook that hangs holds nothing up", async () => {
    const hook = await receiver();
    hook.reply({ kind: "hang" });
    const [twin, redis] = [await startTwinProcess(), await startRedisProcess()];
    const installation = await createInstallation({ ...twin.env, REDIS_URL: redis.url, ...hook.env });
    await twin.hook(installation.reportUrl);
    await installation.serve();
    await Promise.all([installation.work(), installation.work()]);
    const api = await installation.addClient("cloud", "--telegram-consent", "test");
    const empty = { method: "POST", body: JSON.stringify({ balance: 0 }) };
    expect((await call(`${twin.urls.seven}/_twin/faults`, empty)).status).toBe(200);
    const ids: string[] = [];
    for (let n = 0; n < 10; n++) ids.push(await api.send({ to: plainNumber(n, 74), code: "482913" }));
    await eventually(() => expect(hook.told().length).toBeGreaterThan(0));
    expect(hook.told()).toEqual(hook.told().map(() => expect.objectContaining({ alert: "account_fault" })));
    expect(hook.told()[0]!.says).toBe(
      "Account seven cannot send: the provider account has no credit; top it up, and the route returns by itself within seconds.",
    );
    for (const id of ids) await api.until(id, "delivered");
    expect(new Set(hook.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(JSON.stringify(hook.requests)).not.toContain("482913");
  });
});
