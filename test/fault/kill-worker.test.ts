import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allEnded, reachCount } from "../support/endings.ts";
import { eventually } from "../support/eventually.ts";
import { bodiesFor, plainNumber, sendMany } from "../support/http-client.ts";
import { startRedisProcess } from "../support/redis-process.ts";
import { createInstallation } from "../support/roles.ts";
import { closeAll, end, leftovers, NOTHING_LEFT } from "../support/service.ts";
import { exactlyOnce, startTwinProcess } from "../support/twin-process.ts";

afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

async function installation(env: Record<string, string> = {}) {
  const [twin, redis] = await Promise.all([startTwinProcess({ latencyMs: 30 }), startRedisProcess()]);
  const all = await createInstallation({ ...twin.env, REDIS_URL: redis.url, ...env });
  const [api, serve] = await Promise.all([all.addClient("cloud"), all.serve()]);
  await twin.hook(all.reportUrl);
  return { twin, redis, api, serve, work: all.work };
}

describe("workers that go", () => {
  /** Nobody sends for half a minute, so it runs beside the other test. */
  let held: Promise<{ installation: Awaited<ReturnType<typeof installation>>; ids: string[] }>;
  let nearlyDead: string[];
  beforeAll(async () => {
    held = (async () => {
      const one = await installation();
      const first = await one.work();
      await one.api.until(await one.api.send({ to: plainNumber(900, 71), code: "482913" }), "delivered");
      await end(first);
      const ids = await sendMany(one.api, bodiesFor(10, 71, { validForMs: 60_000 }));
      return { installation: one, ids };
    })();
    nearlyDead = (await held).ids;
  });

  test("by kill -9, again and again, lose no code of 500 and repeat none", async () => {
    const { twin, api, serve, work } = await installation({ SEVEN_MAX_PER_SECOND: "60" });
    const stays = await work();
    let victim = await work();
    const sending = sendMany(api, bodiesFor(500, 70), 16);
    for (const target of [60, 140, 220, 300, 380]) {
      await reachCount(twin, target);
      victim.kill("SIGKILL");
      await victim.exited;
      expect((await twin.counts()).accepted).toBeLessThan(500);
      victim = await work();
    }
    const ids = await sending;
    expect(await allEnded(api, ids, 60_000)).toEqual({ delivered: 500 });
    expect(exactlyOnce(await twin.accepted())).toEqual({ recipients: 500, otherwise: [] });
    expect(await api.metric("otp_conservation_gap")).toBe(0);
    for (const one of [stays, victim, serve]) expect(await end(one)).toEqual({ code: 0, signal: null });
  });

  test("until a code is nearly dead: it ends expired, and nothing is sent", async () => {
    const { installation: one, ids } = await held;
    expect(ids).toEqual(nearlyDead);
    const { expiresAt } = (await one.api.get(ids[0]!)).json as { expiresAt: string };
    // The last instant at which a send may start is 30 s before the code's end.
    const latestStartAt = Date.parse(expiresAt) - 30_000;
    await eventually(() => expect(Date.now()).toBeGreaterThan(latestStartAt + 500), { timeoutMs: 40_000 });
    for (const id of ids) expect(await one.api.view(id)).toMatchObject({ state: "queued", attempts: [] });
    const back = await one.work();
    expect(await allEnded(one.api, ids, 20_000)).toEqual({ expired: 10 });
    const taken = await one.twin.accepted();
    expect(taken.map(({ recipient }) => recipient)).toEqual([plainNumber(900, 71).slice(1)]);
    // The control: the same worker sends a code that still lives.
    await one.api.until(await one.api.send({ to: plainNumber(901, 71), code: "482913" }), "delivered");
    expect(await one.api.metric("otp_conservation_gap")).toBe(0);
    for (const role of [back, one.serve]) expect(await end(role)).toEqual({ code: 0, signal: null });
  });
});
