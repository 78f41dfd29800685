import { afterAll, afterEach, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { bodiesFor, createApiClient, sendMany } from "../support/http-client.ts";
import { freePort } from "../support/ports.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, redisIn, startUp } from "../support/service.ts";
import { exactlyOnce, startTwinProcess } from "../support/twin-process.ts";
import { allEnded, reachCount } from "../support/endings.ts";

afterEach(closeAll);
afterAll(async () => expect(await leftovers()).toEqual(NOTHING_LEFT));

const CODES = 1_000;
/** Accepts of the provider at which the program is killed. */
const KILL_AT = [150, 400, 650];

describe("kill -9", () => {
  test("of the whole program, three times while 1,000 codes drain, loses nothing and repeats nothing", async () => {
    const twin = await startTwinProcess({ latencyMs: 20 });
    const env = { ...twin.env, ...(await fixedPorts()), SEVEN_MAX_PER_SECOND: "120", DATA_DIR: freshDir() };
    let service = await startUp(env);
    await twin.hook(service.ready.reportUrls["seven"]!);
    let api = createApiClient(service.ready);
    // The last of them may be answered only after the first kill: their callers send them again.
    const sending = sendMany(api, bodiesFor(CODES, 40), 32);
    for (const target of KILL_AT) {
      await reachCount(twin, target);
      const [redis] = redisIn(env.DATA_DIR);
      await service.end("SIGKILL");
      const { accepted } = await twin.counts();
      expect(accepted).toBeGreaterThanOrEqual(target);
      expect(accepted).toBeLessThan(CODES);
      expect(redisIn(env.DATA_DIR)).toEqual([redis]);
      service = await startUp(env);
      expect(redisIn(env.DATA_DIR)).toEqual([redis]);
      expect(service.process.stderr()).toContain("redis.started");
    }
    api = createApiClient(service.ready);
    const ids = await sending;
    expect(new Set(ids).size).toBe(CODES);
    expect(await allEnded(api, ids, 60_000)).toEqual({ delivered: CODES });
    expect(exactlyOnce(await twin.accepted())).toEqual({ recipients: CODES, otherwise: [] });
    expect(await api.metric("otp_conservation_gap")).toBe(0);
    expect((await service.end()).code).toBe(0);
  });

  test("of the embedded Redis alone is repaired by the program, which stays", async () => {
    const twin = await startTwinProcess({ latencyMs: 20 });
    const env = { ...twin.env, ...(await fixedPorts()), SEVEN_MAX_PER_SECOND: "100", DATA_DIR: freshDir() };
    const service = await startUp(env);
    await twin.hook(service.ready.reportUrls["seven"]!);
    const api = createApiClient(service.ready);
    const sending = sendMany(api, bodiesFor(400, 41), 16);
    const killed: number[] = [];
    for (const target of [80, 220]) {
      await reachCount(twin, target);
      const [redis] = redisIn(env.DATA_DIR);
      killed.push(redis!);
      process.kill(redis!, "SIGKILL");
      await eventually(
        async () => {
          expect(killed).not.toContain(redisIn(env.DATA_DIR)[0] ?? redis);
          expect((await api.operator("/readyz")).status).toBe(200);
        },
        { timeoutMs: 15_000 },
      );
    }
    const ids = await sending;
    expect((await twin.counts()).accepted).toBeGreaterThanOrEqual(220);
    expect(await allEnded(api, ids, 60_000)).toEqual({ delivered: 400 });
    expect(exactlyOnce(await twin.accepted())).toEqual({ recipients: 400, otherwise: [] });
    expect(await api.metric("otp_conservation_gap")).toBe(0);
    expect(await service.end()).toEqual({ code: 0, signal: null });
  });
});

/** Reports and callers go on knocking at the same door. */
async function fixedPorts(): Promise<{ PORT: string; OPERATOR_PORT: string }> {
  return { PORT: String(await freePort()), OPERATOR_PORT: String(await freePort()) };
}
