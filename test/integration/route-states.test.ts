import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SPAN_MS, spanOf } from "../../src/core/lane-rate.ts";
import { cameSpanOf } from "../../src/redis/lane-arrivals.ts";
import { createLaneStarts } from "../../src/redis/lane-starts.ts";
import { createRouteStates, type RunningRouteStates } from "../../src/redis/route-states.ts";
import { createJobs } from "../../src/redis/queues.ts";
import { aRoute, testRules } from "../support/build.ts";
import { aRedisBundle, type RedisBundle } from "../support/redis-bundle.ts";

const ROUTE = "seven-sms";
const CLIENT = "cloud";
const rules = testRules({
  routes: [
    aRoute({ id: ROUTE, perSecond: 10 }),
    aRoute({ id: "telegram-gateway", channel: "telegram", perSecond: 10, reach: 0.25 }),
    aRoute({ id: "second-sms", perSecond: 0 }),
  ],
});

describe("the wait in a lane", () => {
  let bundle: RedisBundle;
  let states: RunningRouteStates;
  const open = new Set<string>();
  let passed = 0;
  const now = () => Date.now() + passed;
  beforeEach(() => {
    open.clear();
    passed = 0;
    bundle = aRedisBundle();
    const { client, keys, queues } = bundle;
    const isOpen = (route: string) => open.has(route);
    states = createRouteStates({
      client,
      keys,
      queues,
      rules,
      isOpen,
      isQuiet: () => false,
      restMs: () => 0,
      now,
    });
  });
  afterEach(async () => {
    states.close();
    await bundle.close();
  });

  let ids = 0;
  const add = async (count: number, delayMs = 0, route = ROUTE, clientId = CLIENT) => {
    const jobs = createJobs(bundle.queues, bundle.client, bundle.keys);
    for (let i = 0; i < count; i++) {
      await jobs.enqueue({ route, deliveryId: `d${ids++}`, attempt: 1, delayMs, purpose: "login", clientId });
    }
  };
  const waits = (waitMs: number, route = ROUTE) =>
    expect
      .poll(() => states.conditionsFor(CLIENT)(route).waitMs, { timeout: 5_000, interval: 20 })
      .toBe(waitMs);

  test("is that of the messages in front by the rate, not of those that are due later", async () => {
    await add(30, 60_000);
    await add(5, 20_000);
    await add(10);
    await waits(1_000);
    expect(await bundle.queues.lanes.get(ROUTE)!.getDelayedCount()).toBe(35);
  });

  test("counts what is due from its instant on, as its lane would take it", async () => {
    await add(4, 3_000);
    await add(2);
    await waits(200);
    await waits(600);
    expect(await bundle.queues.lanes.get(ROUTE)!.getDelayedCount()).toBe(4);
  });

  test("follows what the lane really sends while it has a line, and its allowed rate before that is known", async () => {
    const { client, keys } = bundle;
    const workers = [createLaneStarts(client, keys, now), createLaneStarts(client, keys, now)];
    await add(100);
    await waits(10_000);
    for (const span of [1, 2, 3]) {
      passed = (spanOf(Date.now()) + span) * SPAN_MS - Date.now() + 100;
      for (const worker of workers) for (let i = 0; i < 10; i++) worker.started(ROUTE);
    }
    await waits(25_000);
    expect(await client.pttl(keys.starts(ROUTE, spanOf(now())))).toBeGreaterThan(0);
    await bundle.queues.lanes.get(ROUTE)!.drain();
    await add(10);
    await waits(1_000);
    for (const worker of workers) worker.close();
  });

  test("stays known while the lane is paused, which no call is made from", async () => {
    const lane = bundle.queues.lanes.get(ROUTE)!;
    await add(1);
    await waits(100);
    await lane.pause();
    await expect.poll(() => states.conditionsFor(CLIENT)(ROUTE).open, { timeout: 5_000 }).toBe(true);
    expect(states.conditionsFor(CLIENT)(ROUTE).waitMs).toBe(100);
    await lane.resume();
    open.add(ROUTE);
    expect(states.conditionsFor(CLIENT)(ROUTE).open).toBe(true);
  });

  test("is for each client that of its own messages and as many turns of the others", async () => {
    await add(40, 0, ROUTE, "flood");
    await add(3, 0, ROUTE, "few");
    const waitOf = (clientId: string) => states.conditionsFor(clientId)(ROUTE).waitMs;
    await expect.poll(() => waitOf("flood"), { timeout: 5_000 }).toBeGreaterThanOrEqual(4_300);
    expect(waitOf("flood")).toBeLessThanOrEqual(8_100);
    expect(waitOf("few")).toBe(3 * 100 + 4 * 100);
    expect(waitOf("new")).toBe(2 * 100);
    for (let i = 0; i < 10; i++) states.added(ROUTE, "few");
    expect(waitOf("few")).toBe(13 * 100 + 14 * 100);
    expect(waitOf("new")).toBe(2 * 100);
  });

  test("holds who has come lately, for more of them will come until the last of its own has its turn", async () => {
    const { client, keys } = bundle;
    for (const spans of [1, 2]) await client.hset(keys.came(ROUTE, cameSpanOf(now()) - spans), "few", 10);
    await add(20);
    // 2 of 10 per second are theirs: 2.5 s at least, and at most as if they used every turn.
    await expect
      .poll(() => states.conditionsFor(CLIENT)(ROUTE).waitMs, { timeout: 5_000 })
      .toBeGreaterThan(2_500);
    expect(states.conditionsFor(CLIENT)(ROUTE).waitMs).toBeLessThanOrEqual(4_100);
  });

  test("is longer by what has no turn, which goes first", async () => {
    await add(20, 0, ROUTE, "flood");
    await bundle.queues.lanes.get(ROUTE)!.add("attempt", {}, { jobId: "older" });
    await waits(200);
  });

  test("holds who will come back from a route that reaches few, and what was just added here", async () => {
    await add(20, 0, "telegram-gateway");
    await waits(1_500);
    expect(states.conditionsFor(CLIENT)("telegram-gateway").waitMs).toBe(2_000);
    states.added(ROUTE, CLIENT);
    expect(states.conditionsFor(CLIENT)(ROUTE).waitMs).toBe(1_600);
    await waits(1_500);
  });
});
