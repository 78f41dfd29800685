import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OperatorWord } from "../../src/core/operator-word.ts";
import type { FlowEvent } from "../../src/flows/events.ts";
import { attempt } from "../../src/flows/attempt.ts";
import { patientClient } from "../../src/redis/client.ts";
import { createCircuitStore } from "../../src/redis/circuit-store.ts";
import { createCircuits } from "../../src/redis/circuits.ts";
import { createKeys } from "../../src/redis/keys.ts";
import { createOrderStore } from "../../src/redis/order-store.ts";
import { createOrders, type Orders } from "../../src/redis/orders.ts";
import { eventually } from "../support/eventually.ts";
import { startOwnRedis } from "../support/own-redis.ts";
import { aRedisBundle } from "../support/redis-bundle.ts";
import { connectTestRedis } from "../support/redis.ts";
import { aRedisStore, keysUnder, type RedisStoreBundle } from "../support/store-bundle.ts";

/** Promised: a stop holds on all workers within this. */
const STOP_MS = 1_000;
const SIGNAL = new AbortController().signal;

let bundle: RedisStoreBundle;
let events: FlowEvent[] = [];
const closers: (() => unknown)[] = [];
const store = () => createOrderStore(bundle.client, bundle.keys);

function aWord(changes: Partial<OperatorWord> = {}): OperatorWord {
  const since = Date.now();
  return { kind: "stopped", by: "Kim", why: "outage", since, until: since + 60_000, ...changes };
}

/** One more process with a connection and a snapshot of its own. */
function aProcess(): Orders {
  const client = connectTestRedis();
  const events_ = { record: (event: FlowEvent) => void events.push(event) };
  const orders = createOrders({
    store: createOrderStore(client, bundle.keys),
    events: events_,
    now: Date.now,
  });
  closers.push(orders.close, () => client.disconnect());
  return orders;
}

beforeEach(() => {
  bundle = aRedisStore();
  events = [];
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await bundle.close();
});

describe("an operator's word in Redis", () => {
  test("is known to every process within a second, and so is its end", async () => {
    const processes = [aProcess(), aProcess(), aProcess()];
    const all = (expected: OperatorWord | undefined) =>
      eventually(
        () => expect(processes.map((p) => p.word("seven-sms"))).toEqual(processes.map(() => expected)),
        {
          timeoutMs: STOP_MS,
        },
      );
    const word = aWord();
    await store().say("seven-sms", word);
    await all(word);
    expect(await Promise.all(processes.map((p) => p.isStopped("seven-sms")))).toEqual([true, true, true]);
    expect(processes[0]!.word("second-sms")).toBeUndefined();
    expect(await store().takeBack("seven-sms")).toEqual(word);
    await all(undefined);
    expect(await store().takeBack("seven-sms")).toBeUndefined();
  });

  test("that runs out is taken away and told once, however many processes see it", async () => {
    const processes = [aProcess(), aProcess(), aProcess(), aProcess()];
    const word = aWord({ until: Date.now() + 600 });
    await store().say("seven-sms", word);
    await eventually(() => expect(processes.map((p) => p.word("seven-sms"))).toEqual(Array(4).fill(word)));
    await eventually(async () => expect(await keysUnder(bundle.client, bundle.keys.prefix)).toEqual([]));
    await eventually(() =>
      expect(processes.map((p) => p.word("seven-sms"))).toEqual(Array(4).fill(undefined)),
    );
    expect(events).toEqual([
      { kind: "word.ended", route: "seven-sms", word, how: "run_out", by: "Kim", at: expect.any(Number) },
    ]);
  });

  test("of a moment ago is not taken away by who still sees the one before", async () => {
    const old = aWord({ until: Date.now() - 1 });
    const fresh = aWord();
    await store().say("seven-sms", fresh);
    expect(await store().dropRunOut("seven-sms", { word: old, raw: JSON.stringify(old) })).toBe(false);
    expect(await store().word("seven-sms")).toEqual(fresh);
  });

  test("that no version of ours wrote is none", async () => {
    for (const damaged of ["", "{}", "stopped", '{"kind":"stopped"}']) {
      await bundle.client.hset(bundle.keys.routeWords, "seven-sms", damaged);
      expect([await store().word("seven-sms"), (await store().words()).size]).toEqual([undefined, 0]);
    }
  });

  test("is asked for afresh by a process that has not read it yet", async () => {
    await store().say("seven-sms", aWord());
    const orders = aProcess();
    expect(orders.word("seven-sms")).toBeUndefined();
    expect(await orders.isStopped("seven-sms")).toBe(true);
  });
});

test("who cannot ask whether a route is stopped does not call, and says so in time", async () => {
  const redis = await startOwnRedis();
  closers.push(redis.stop);
  const client = patientClient(redis.address, "test");
  closers.push(() => client.disconnect());
  client.on("error", () => undefined);
  const keys = createKeys("{hung}");
  const orders = createOrders({
    store: createOrderStore(client, keys),
    events: { record: () => undefined },
    now: Date.now,
  });
  closers.push(orders.close);
  await eventually(async () => expect(await orders.isStopped("seven-sms")).toBe(false));
  redis.freeze();
  await eventually(async () => expect(await orders.isStopped("seven-sms")).toBe(true), {
    timeoutMs: 3_000,
  });
  const askedAt = performance.now();
  expect(await orders.isStopped("seven-sms")).toBe(true);
  expect(performance.now() - askedAt).toBeLessThan(STOP_MS);
  redis.thaw();
  await eventually(async () => expect(await orders.isStopped("seven-sms")).toBe(false), {
    timeoutMs: 20_000,
  });
});

describe("a rest in Redis", () => {
  test("is known to every process, only grows, and is told once", async () => {
    const [one, two] = [aProcess(), aProcess()];
    await one.rest("seven-sms", 3_000);
    expect(one.restMs("seven-sms")).toBeGreaterThan(2_000);
    await eventually(() => expect(two.restMs("seven-sms")).toBeGreaterThan(1_500), { timeoutMs: STOP_MS });
    await two.rest("seven-sms", 1_000);
    await one.rest("seven-sms", 5_000);
    await eventually(() => expect(two.restMs("seven-sms")).toBeGreaterThan(3_500), { timeoutMs: STOP_MS });
    expect(events).toEqual([{ kind: "route.rests", route: "seven-sms", restMs: 3_000 }]);
    expect(await bundle.client.pttl(bundle.keys.routeRests)).toBeGreaterThan(0);
  });
});

test("no worker calls a route from one second after its stop on, and every code is still delivered", async () => {
  const calledAt: number[] = [];
  const flows = aRedisBundle({
    send: async (message) => {
      calledAt.push(Date.now());
      return { kind: "accepted", providerMessageId: `m-${message.reference}` };
    },
  });
  closers.push(flows.close);
  const words = createOrderStore(flows.client, flows.keys);
  const workers = [0, 1].map(() => {
    const client = connectTestRedis();
    const orders = createOrders({
      store: createOrderStore(client, flows.keys),
      events: flows.deps.events,
      now: Date.now,
    });
    const circuits = createCircuits({
      store: createCircuitStore(client, flows.keys),
      orders,
      rules: flows.deps.rules,
      events: flows.deps.events,
      now: Date.now,
      random: Math.random,
    });
    closers.push(circuits.close, orders.close, () => client.disconnect());
    return { ...flows.deps, circuits };
  });
  const ids: string[] = [];
  for (let n = 0; n < 300; n++) {
    const taken = await flows.accept({ routes: ["seven-sms", "second-sms"] });
    if (taken.kind !== "accepted") throw new Error(taken.code);
    ids.push(taken.delivery.id);
  }
  let stoppedAt = Number.POSITIVE_INFINITY;
  const results: Promise<string>[] = [];
  for (const [n, deliveryId] of ids.entries()) {
    if (n === 100) {
      await words.say("seven-sms", aWord());
      stoppedAt = Date.now();
    }
    if (n === 150) await eventually(() => expect(Date.now() - stoppedAt).toBeGreaterThan(STOP_MS));
    results.push(attempt(workers[n % 2]!, { deliveryId, attempt: 1, route: "seven-sms" }, SIGNAL));
    await results.at(-1);
  }
  const said = await Promise.all(results);
  expect(said.slice(0, 100)).toEqual(Array(100).fill("called"));
  expect(new Set(said.slice(150))).toEqual(new Set(["moved"]));
  expect(calledAt.filter((at) => at > stoppedAt + STOP_MS)).toEqual([]);
  for (const id of ids.slice(150)) {
    const delivery = (await flows.store.load(id))!.delivery;
    expect(delivery.next).toMatchObject({ route: "second-sms", why: "circuit" });
  }
});
