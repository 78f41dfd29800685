import { randomBytes } from "node:crypto";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { call, createApiClient, sendMany } from "../support/http-client.ts";
import { freePort } from "../support/ports.ts";
import { startRedisProcess } from "../support/redis-process.ts";
import { createInstallation } from "../support/roles.ts";
import {
  closeAll,
  freshDir,
  leftovers,
  NOTHING_LEFT,
  outputOf,
  startRole,
  startUp,
} from "../support/service.ts";
import { exactlyOnce, startTwinProcess } from "../support/twin-process.ts";

afterEach(closeAll);
afterAll(async () => expect(await leftovers()).toEqual(NOTHING_LEFT));

const code = (n: number) => ({ to: `+49151186${String(10_000 + n)}`, code: String(400_000 + n) });
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

describe("a new master key", () => {
  test("comes into a running installation and no living code is lost", async () => {
    const [twin, redis] = await Promise.all([startTwinProcess(), startRedisProcess()]);
    const old = await createInstallation({ ...twin.env, REDIS_URL: redis.url });
    const { apiKey } = JSON.parse(
      (await outputOf(["clients", "add", "cloud", "--json"], old.env)).stdout,
    ) as {
      apiKey: string;
    };
    const at = (publicUrl: string) =>
      createApiClient({ publicUrl, operatorUrl: "", operatorToken: "", apiKey });
    const api = at(old.env.PUBLIC_URL);
    await old.serve();
    await twin.hook(old.reportUrl);
    const ids: string[] = [];
    ids.push(...(await sendMany(api, numbers(0, 10).map(code))));

    const early = await outputOf(["keys", "rotate"], old.env);
    expect(early).toMatchObject({ code: 78, stdout: "" });
    expect(early.stderr).toContain("put the present one into MASTER_KEY_OLD");

    const [port, operatorPort] = [await freePort(), await freePort()];
    const env = {
      ...old.env,
      MASTER_KEY: randomBytes(32).toString("hex"),
      MASTER_KEY_OLD: old.env["MASTER_KEY"]!,
      PORT: String(port),
      OPERATOR_PORT: String(operatorPort),
    };
    const rotated = await outputOf(["keys", "rotate"], env);
    expect(rotated).toMatchObject({ code: 0, stderr: "" });
    expect(rotated.stdout).toMatch(/Generation 2.*seals/);
    ids.push(...(await sendMany(api, numbers(10, 5).map(code))));

    await startRole("serve", env);
    const fresh = at(`http://127.0.0.1:${port}`);
    ids.push(...(await sendMany(fresh, numbers(15, 10).map(code))));
    expect(await fresh.send(code(3))).toBe(ids[3]);
    expect(await api.send(code(20))).toBe(ids[20]);

    const { MASTER_KEY_OLD: _, ...after } = env;
    await startRole("work", { ...after, OPERATOR_PORT: "0" });
    for (const id of ids) expect((await api.untilEnded(id)).state).toBe("delivered");
    expect(exactlyOnce(await twin.accepted())).toEqual({ recipients: 25, otherwise: [] });

    const refused = await outputOf(["serve"], { ...old.env, PORT: "0", OPERATOR_PORT: "0" });
    expect(refused.code).toBe(78);
    expect(refused.stderr).toContain("MASTER_KEY: The keys in Redis are wrapped with master key");
  });

  test("is made by one command where it lies in DATA_DIR, and report addresses change in their own time", async () => {
    const twin = await startTwinProcess();
    const DATA_DIR = freshDir();
    const port = await freePort();
    const settings = { ...twin.env, DATA_DIR, PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` };
    const first = await startUp(settings);
    const { ready } = first;
    await twin.hook(ready.reportUrls["seven"]!);
    const urls = async () =>
      JSON.parse((await outputOf(["routes", "urls", "--json"], settings)).stdout) as Record<string, string>;
    expect(await urls()).toEqual(ready.reportUrls);
    const api = createApiClient(ready);
    const before = await api.until(await api.send(code(30)), "delivered");

    expect((await outputOf(["keys", "rotate"], settings)).code).toBe(0);
    await api.until(await api.send(code(31)), "delivered");
    expect(await api.send(code(30))).toBe(before.id);
    expect((await outputOf(["keys", "show", "--json"], settings)).stdout).not.toMatch(/[A-Za-z0-9_-]{30}/);
    await first.end();

    const second = await startUp(settings);
    expect(second.ready.apiKey).toBe(ready.apiKey);
    expect(await createApiClient(second.ready).view(before.id)).toEqual(before);
    expect(await urls()).toEqual(second.ready.reportUrls);
    const [oldUrl, newUrl] = [ready, second.ready].map(({ reportUrls }) => reportUrls["seven"]!);
    expect(newUrl).not.toBe(oldUrl);
    const status = async (url: string) => (await call(url, { method: "POST", body: "" })).status;
    expect(await status(oldUrl!)).not.toBe(404);
    expect(await status(newUrl!)).toBe(await status(oldUrl!));
    await createApiClient(second.ready).until(
      await createApiClient(second.ready).send(code(32)),
      "delivered",
    );

    expect((await outputOf(["keys", "forget-old"], settings)).stdout).toContain("are gone");
    await second.end();
    await startUp(settings);
    expect([await status(oldUrl!), (await status(newUrl!)) === 404]).toEqual([404, false]);
  });
});

test("addresses of reports are printed whole by command only, never in the log of serve", async () => {
  const [twin, redis] = await Promise.all([startTwinProcess(), startRedisProcess()]);
  const all = await createInstallation({ ...twin.env, REDIS_URL: redis.url });
  const serve = await all.serve();
  const token = all.reportUrl.split("/").at(-1)!;
  const line = JSON.parse(await serve.waitForLine(/report\.address.*seven|seven.*report\.address/)) as object;
  expect(line).toMatchObject({ provider: "seven", detail: `${all.env.PUBLIC_URL}/reports/seven/***` });
  expect(serve.stdout() + serve.stderr()).not.toContain(token);
  const urls = await outputOf(["routes", "urls"], all.env);
  expect(urls.stdout).toContain(`seven\t${all.reportUrl}\n`);
  const without = await outputOf(["routes", "urls"], { ...twin.env, DATA_DIR: freshDir() });
  expect(without.code).toBe(78);
  expect(without.stderr).toContain("PUBLIC_URL");
});
