import { afterAll, afterEach, describe, expect, test } from "vitest";
import { allEnded, reachCount } from "../support/endings.ts";
import { eventually } from "../support/eventually.ts";
import { bodiesFor, createApiClient, sendMany } from "../support/http-client.ts";
import { freePort } from "../support/ports.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, redisIn, startUp } from "../support/service.ts";
import { exactlyOnce, startTwinProcess } from "../support/twin-process.ts";

afterEach(closeAll);
afterAll(async () => expect(await leftovers()).toEqual(NOTHING_LEFT));

/** The promise to whoever stops us. */
const DRAIN_PROMISE_MS = 20_000;

describe("SIGTERM", () => {
  test.each([
    ["answers within 3 s", 3_000],
    ["is slower than the drain allows", 12_000],
  ])(
    "while a provider that %s has calls open ends in order, and nothing is repeated",
    async (_name, latencyMs) => {
      const twin = await startTwinProcess({ latencyMs });
      const ports = { PORT: String(await freePort()), OPERATOR_PORT: String(await freePort()) };
      const env = { ...twin.env, ...ports, SEVEN_MAX_PER_SECOND: "20", DATA_DIR: freshDir() };
      const first = await startUp(env);
      await twin.hook(first.ready.reportUrls["seven"]!);
      const ids = await sendMany(createApiClient(first.ready), bodiesFor(120, 42));
      await reachCount(twin, 15);

      const signalledAt = performance.now();
      first.process.kill("SIGTERM");
      await eventually(async () => {
        const ready = await fetch(`${first.ready.publicUrl}/readyz`).catch(() => undefined);
        expect(ready === undefined || ready.status === 503).toBe(true);
      });
      expect(await first.process.exited).toEqual({ code: 0, signal: null });
      expect(performance.now() - signalledAt).toBeLessThan(DRAIN_PROMISE_MS);
      expect(redisIn(env.DATA_DIR)).toEqual([]);
      const { accepted } = await twin.counts();
      expect(accepted).toBeGreaterThanOrEqual(15);
      expect(accepted).toBeLessThan(120);

      await twin.setFaults({ latencyMs: 0 });
      const second = await startUp(env);
      const api = createApiClient(second.ready);
      expect(await allEnded(api, ids, 60_000)).toEqual({ delivered: 120 });
      expect(exactlyOnce(await twin.accepted())).toEqual({ recipients: 120, otherwise: [] });
      expect(await api.metric("otp_conservation_gap")).toBe(0);
      expect(await second.end()).toEqual({ code: 0, signal: null });
    },
  );

  test("a second signal ends it at once", async () => {
    const twin = await startTwinProcess({ latencyMs: 8_000 });
    const service = await startUp({ ...twin.env, DATA_DIR: freshDir() });
    await sendMany(createApiClient(service.ready), bodiesFor(4, 43));
    await reachCount(twin, 1);
    service.process.kill("SIGTERM");
    await service.process.waitForLine("shutdown.started");
    service.process.kill("SIGTERM");
    expect((await service.process.exited).code).toBe(1);
  });
});
