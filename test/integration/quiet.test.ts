import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FlowEvent } from "../../src/flows/events.ts";
import { createQuietRoutes, type RunningQuietRoutes } from "../../src/redis/quiet-routes.ts";
import { aRoute, testRules } from "../support/build.ts";
import { eventually } from "../support/eventually.ts";
import { connectTestRedis } from "../support/redis.ts";
import { aRedisStore, keysUnder, type RedisStoreBundle } from "../support/store-bundle.ts";

/** Promised: all workers agree within this. */
const AGREE_MS = 1_000;
const rules = testRules({ routes: [aRoute({ id: "seven-sms", canReadStatus: true })] });

let bundle: RedisStoreBundle;
let events: FlowEvent[] = [];
let workers: RunningQuietRoutes[] = [];
let passed = 0;
const now = () => Date.now() + passed;
const clients: ReturnType<typeof connectTestRedis>[] = [];

/** What one more process knows: a connection and a snapshot of its own. */
function aWorker(): RunningQuietRoutes {
  const client = connectTestRedis();
  clients.push(client);
  const recorded = { record: (event: FlowEvent) => void events.push(event) };
  const worker = createQuietRoutes({ client, keys: bundle.keys, rules, events: recorded, now });
  workers.push(worker);
  return worker;
}
const miss = (worker: RunningQuietRoutes, times: number) => {
  for (let i = 0; i < times; i++) worker.observe("seven-sms", { acceptedAt: now(), kind: "late" });
};
const allSay = (expected: boolean) =>
  eventually(() => expect(workers.map((w) => w.isQuiet("seven-sms"))).toEqual(workers.map(() => expected)), {
    timeoutMs: AGREE_MS,
  });

beforeEach(() => {
  bundle = aRedisStore();
  [events, workers, passed] = [[], [], 0];
});
afterEach(async () => {
  for (const worker of workers) worker.close();
  for (const client of clients.splice(0)) client.disconnect();
  await bundle.close();
});

describe("quiet routes of several workers", () => {
  test("are found by evidence of which no single one had enough, and told once", async () => {
    const [one, two] = [aWorker(), aWorker()];
    aWorker();
    miss(one, 6);
    miss(two, 4);
    await eventually(() => expect(one.snapshot().get("seven-sms")?.cohorts.length).toBeGreaterThan(0));
    passed += 14_000;
    await allSay(true);
    passed += 600_001;
    await allSay(false);
    expect(events).toEqual([
      { kind: "route.quiet", route: "seven-sms", to: "quiet", at: expect.any(Number) },
      { kind: "route.quiet", route: "seven-sms", to: "speaking", at: expect.any(Number) },
    ]);
  });

  test("are known to a worker that starts later", async () => {
    miss(aWorker(), 10);
    passed += 14_000;
    await allSay(true);
    const late = aWorker();
    await eventually(() => expect(late.isQuiet("seven-sms")).toBe(true), { timeoutMs: AGREE_MS });
  });

  test("no evidence is lost where all tell at once", async () => {
    const all = [aWorker(), aWorker(), aWorker(), aWorker()];
    for (const worker of all) miss(worker, 25);
    await eventually(() => {
      const cohorts = all[0]!.snapshot().get("seven-sms")?.cohorts ?? [];
      expect(cohorts.reduce((sum, c) => sum + c.late, 0)).toBe(100);
    });
  });

  test("a damaged state tells nothing, and is written anew", async () => {
    await bundle.client.hset(bundle.keys.quiet, "seven-sms", "7 {}");
    const worker = aWorker();
    miss(worker, 10);
    passed += 14_000;
    await allSay(true);
    expect(await bundle.client.hget(bundle.keys.quiet, "seven-sms")).toMatch(/^([89]|\d\d) \{"kind":"quiet"/);
  });

  test("keep one hash and no number or id in it", async () => {
    miss(aWorker(), 10);
    await eventually(async () =>
      expect(await keysUnder(bundle.client, bundle.keys.prefix)).toContain(bundle.keys.quiet),
    );
    expect(await bundle.client.hkeys(bundle.keys.quiet)).toEqual(["seven-sms"]);
  });
});
