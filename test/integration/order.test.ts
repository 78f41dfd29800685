import { v7 } from "uuid";
import { Worker } from "bullmq";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PRIORITY_MAX } from "../../src/core/fair-share.ts";
import type { NewJob } from "../../src/flows/job-port.ts";
import { reconcile } from "../../src/flows/reconcile.ts";
import { TURNS_TTL_MS } from "../../src/redis/keys.ts";
import { createLaneTurns } from "../../src/redis/lane-turns.ts";
import { createLane, type LaneSettings } from "../../workers/lane.ts";
import { eventually } from "../support/eventually.ts";
import { aRedisBundle, aRequest, type RedisBundle } from "../support/redis-bundle.ts";

const ROUTE = "seven-sms";
let bundle: RedisBundle;
let lanes: ReturnType<typeof createLane>[] = [];
let clientOf: Map<string, string>;
beforeEach(() => {
  bundle = aRedisBundle();
  clientOf = new Map();
});
afterEach(async () => {
  await Promise.all(lanes.map((lane) => lane.drain()));
  lanes = [];
  await bundle.close();
});

const queue = () => bundle.queues.lanes.get(ROUTE)!;
const add = async (clientId: string, changes: Partial<NewJob> = {}) => {
  const job: NewJob = {
    route: ROUTE,
    deliveryId: v7(),
    attempt: 1,
    delayMs: 0,
    purpose: "login",
    clientId,
    ...changes,
  };
  clientOf.set(job.deliveryId, clientId);
  await bundle.deps.jobs.enqueue(job);
  return job;
};
const addMany = async (clientId: string, many: number, changes: Partial<NewJob> = {}) => {
  const jobs: NewJob[] = [];
  for (let i = 0; i < many; i++) jobs.push(await add(clientId, changes));
  return jobs;
};
const priorities = async () => (await queue().getPrioritized()).map((job) => job.priority);
const idOf = (data: unknown) => (data as { deliveryId: string }).deliveryId;

/** Runs the lane as a process of workers does. @returns the deliveries in the order of their starts */
function run(settings: Partial<LaneSettings> = {}): string[] {
  const started: string[] = [];
  const { client, prefix, keys } = bundle;
  const turns = createLaneTurns(client, keys);
  const lane = createLane({
    name: ROUTE,
    client,
    prefix,
    concurrency: 1,
    onError: () => undefined,
    onStart: (job) => turns.started(ROUTE, job),
    ...settings,
    handle: async (data, signal, tries) => {
      started.push(idOf(data));
      return settings.handle?.(data, signal, tries);
    },
  });
  lanes.push(lane);
  lane.run();
  return started;
}
const clientsOf = (started: readonly string[]) => started.map((id) => clientOf.get(id));
const untilAll = (started: readonly string[], many: number, timeoutMs = 10_000) =>
  eventually(() => expect(started).toHaveLength(many), { timeoutMs });
/** As many turns of both, whoever has the first one. */
const alternating = (clients: readonly (string | undefined)[]) =>
  clients.every((client, i) => i === 0 || client !== clients[i - 1]);

describe("the order of a lane that workers run", () => {
  test("first sends go before others, and login before enrolment before test", async () => {
    const inOrder: NewJob[] = [];
    for (const attempt of [2, 1]) {
      for (const purpose of ["test", "enrolment", "login"] as const)
        inOrder.unshift(await add("cloud", { attempt, purpose }));
    }
    const started = run();
    await untilAll(started, 6);
    expect(started).toEqual(inOrder.map((job) => job.deliveryId));
  });

  test("inside a class the oldest deadline goes first, for codes of one life end in the order of coming", async () => {
    const accepted: string[] = [];
    const deadlines: number[] = [];
    for (let i = 0; i < 12; i++) {
      const answer = await bundle.accept();
      if (answer.kind !== "accepted") throw new Error(answer.code);
      accepted.push(answer.delivery.id);
      deadlines.push(answer.delivery.expiresAt);
    }
    const started = run();
    await untilAll(started, 12);
    expect(started).toEqual(accepted);
    expect(deadlines).toEqual(deadlines.toSorted((a, b) => a - b));
  });

  test("two clients have turns one by one, paced and with two workers, whatever their backlog", async () => {
    await addMany("flood", 120);
    await addMany("few", 10);
    const first = run({ perSecond: 25 });
    const second = run({ perSecond: 25 });
    const begun = performance.now();
    await eventually(
      () => expect(clientsOf([...first, ...second]).filter((client) => client === "few")).toHaveLength(10),
      { timeoutMs: 10_000 },
    );
    const both = first.length + second.length;
    expect(both).toBeLessThanOrEqual(24);
    expect(((both - 2) * 1_000) / (performance.now() - begun)).toBeLessThanOrEqual(26);
  });

  test("a lane that is stopped and goes on has kept the order", async () => {
    await queue().pause();
    const started = run();
    await addMany("flood", 20);
    await addMany("few", 10);
    expect(await queue().getJobCounts("prioritized", "active")).toEqual({ prioritized: 30, active: 0 });
    expect(started).toEqual([]);
    await queue().resume();
    await untilAll(started, 30);
    expect(alternating(clientsOf(started).slice(0, 20))).toBe(true);
  });

  test("an attempt that was delayed has the place that it would have had", async () => {
    const late = await add("few", { delayMs: 150 });
    const dueAt = Date.now() + 200;
    await addMany("flood", 20);
    await eventually(() => expect(Date.now()).toBeGreaterThan(dueAt));
    const started = run();
    await untilAll(started, 21);
    expect(started.indexOf(late.deliveryId)).toBeLessThanOrEqual(1);
  });

  test("an attempt that is held comes back before those that came after it", async () => {
    let held = false;
    const [first] = await addMany("cloud", 30);
    const started = run({
      perSecond: 50,
      handle: async (data) => {
        if (held || idOf(data) !== first!.deliveryId) return undefined;
        held = true;
        return { holdMs: 60 };
      },
    });
    await untilAll(started, 31);
    expect(started.lastIndexOf(first!.deliveryId)).toBeGreaterThan(0);
    expect(started.lastIndexOf(first!.deliveryId)).toBeLessThan(15);
  });

  test("an attempt whose worker died goes first, for it had its turn", async () => {
    const lost = await add("cloud");
    const dead = new Worker(ROUTE, null, {
      connection: bundle.client,
      prefix: bundle.prefix,
      autorun: false,
      lockDuration: 500,
    });
    expect((await dead.getNextJob("dead", { block: false }))?.id).toBe(`${lost.deliveryId}-1`);
    await dead.close();
    await addMany("cloud", 60);
    const started = run({ perSecond: 5 });
    await eventually(() => expect(started).toContain(lost.deliveryId), { timeoutMs: 15_000 });
    expect(started.length).toBeLessThan(55);
  });
});

describe("turns", () => {
  test("of many accepts at once are all different, and cost no round trip", async () => {
    const client = { ...aRequest().client, id: "busy" };
    await Promise.all(Array.from({ length: 50 }, () => bundle.accept({ client })));
    expect(new Set(await priorities()).size).toBe(50);
  });

  test("are not used up by a text that lives already", async () => {
    const request = aRequest();
    await bundle.accept(request);
    const before = await bundle.client.hgetall(bundle.keys.laneTurns(ROUTE));
    await Promise.all(Array.from({ length: 5 }, () => bundle.accept(request)));
    expect(await bundle.client.hgetall(bundle.keys.laneTurns(ROUTE))).toEqual(before);
    expect(await queue().getPrioritizedCount()).toBe(1);
  });

  test("begin anew in a lane that has been empty for a second, and not before", async () => {
    const { client, keys } = bundle;
    const turns = keys.laneTurns(ROUTE);
    await addMany("cloud", 3);
    const started = run();
    await untilAll(started, 3);
    await eventually(async () => expect(await client.hget(turns, "now")).toBe("2"));
    await queue().pause();
    await add("cloud");
    expect(await priorities()).toEqual([4]);
    await queue().drain();
    await client.pexpire(turns, TURNS_TTL_MS - 1_100);
    await add("other");
    expect(await priorities()).toEqual([1]);
    expect(await client.hgetall(turns)).toEqual({ "0:other": "0" });
  });

  test("end at BullMQ's highest priority, in the order of coming, until the lane has been empty once", async () => {
    const { client, keys } = bundle;
    const turns = keys.laneTurns(ROUTE);
    await add("cloud", { purpose: "test" });
    await client.hset(turns, "now", PRIORITY_MAX + 5);
    const many = await addMany("cloud", 5);
    await addMany("other", 2);
    expect((await priorities()).filter((priority) => priority === PRIORITY_MAX)).toHaveLength(7);
    const started = run();
    await untilAll(started, 8);
    expect(started.slice(1, 6)).toEqual(many.map((job) => job.deliveryId));
    await eventually(async () => expect(await queue().getActiveCount()).toBe(0));
    await queue().pause();
    await add("cloud");
    expect(await priorities()).toEqual([1]);
  });

  test("are kept by reconcile, which adds an attempt again only when no state of the lane holds it", async () => {
    const accepted = await Promise.all(Array.from({ length: 3 }, () => bundle.accept()));
    const clock = { ...bundle.deps.clock, now: () => Date.now() + 6_000 };
    const { signal } = new AbortController();
    expect(await reconcile({ ...bundle.deps, clock }, signal)).toMatchObject({ looked: 3, jobs: 0 });
    const [gone] = accepted.flatMap((answer) => (answer.kind === "accepted" ? [answer.delivery.id] : []));
    await bundle.deps.jobs.remove({ route: ROUTE, deliveryId: gone!, attempt: 1 });
    expect(await queue().getPrioritizedCount()).toBe(2);
    expect(await reconcile({ ...bundle.deps, clock }, signal)).toMatchObject({ looked: 3, jobs: 1 });
    expect(new Set(await priorities()).size).toBe(3);
  });
});
