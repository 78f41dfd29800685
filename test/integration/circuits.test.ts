import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CIRCUIT_RULES, type Circuit, observe, openAtOnce } from "../../src/core/circuit.ts";
import type { SendOutcome } from "../../src/core/outcome.ts";
import type { FlowEvent } from "../../src/flows/events.ts";
import { createCircuitStore } from "../../src/redis/circuit-store.ts";
import { createOrderStore } from "../../src/redis/order-store.ts";
import { createOrders, type Orders } from "../../src/redis/orders.ts";
import { createCircuits, type RunningCircuits } from "../../src/redis/circuits.ts";
import { testRules } from "../support/build.ts";
import { eventually } from "../support/eventually.ts";
import { connectTestRedis } from "../support/redis.ts";
import { aRedisStore, keysUnder, type RedisStoreBundle } from "../support/store-bundle.ts";

/** Promised: all workers agree within this. */
const AGREE_MS = 1_000;
const rules = testRules();
const AWAY: SendOutcome = { kind: "unavailable", reason: "connect" };
const TAKEN: SendOutcome = { kind: "accepted", providerMessageId: "m" };

let bundle: RedisStoreBundle;
let events: FlowEvent[] = [];
let workers: RunningCircuits[] = [];
let allOrders: Orders[] = [];
let passed = 0;
const now = () => Date.now() + passed;
const clients: ReturnType<typeof connectTestRedis>[] = [];

/** The circuits of one more process: a connection and a snapshot of its own. */
function aWorker(): RunningCircuits {
  const client = connectTestRedis();
  clients.push(client);
  const store = createCircuitStore(client, bundle.keys);
  const recorded = { record: (event: FlowEvent) => void events.push(event) };
  const orders = createOrders({ store: createOrderStore(client, bundle.keys), events: recorded, now });
  allOrders.push(orders);
  const worker = createCircuits({ store, orders, rules, events: recorded, now, random: Math.random });
  workers.push(worker);
  return worker;
}
const fail = async (worker: RunningCircuits, times: number) => {
  for (let i = 0; i < times; i++) await worker.observe("seven-sms", AWAY, 20, false);
};
const allSay = (expected: string) =>
  eventually(
    () => expect(workers.map((w) => w.admission("seven-sms"))).toEqual(workers.map(() => expected)),
    {
      timeoutMs: AGREE_MS,
    },
  );

beforeEach(() => {
  bundle = aRedisStore();
  [events, workers, allOrders, passed] = [[], [], [], 0];
});
afterEach(async () => {
  for (const part of [...workers, ...allOrders]) part.close();
  for (const client of clients.splice(0)) client.disconnect();
  await bundle.close();
});

describe("circuits of several workers", () => {
  test("an account that was topped up is closed again once its traffic has returned", async () => {
    const worker = aWorker();
    const account = () => worker.snapshot().get("account:seven")?.kind;
    await worker.observe("seven-sms", { kind: "refused", reason: "account_credit" }, 20, false);
    await eventually(() => expect(account()).toBe("open"));
    passed += 10_001;
    await worker.observe("seven-sms", TAKEN, 20, true);
    await eventually(() => expect(account()).toBe("returning"));
    passed += CIRCUIT_RULES.returnMs + 1;
    await worker.observe("seven-sms", TAKEN, 20, false);
    await eventually(() => expect(account()).toBe("closed"));
  });

  test("agree within a second, open and returning, and tell each move once", async () => {
    const [one] = [aWorker(), aWorker(), aWorker()];
    await fail(one, 5);
    await allSay("stop");
    passed += 10_001;
    await allSay("probe");
    await one.observe("seven-sms", TAKEN, 20, true);
    await eventually(() => expect(workers.map((w) => w.isOpen("seven-sms"))).toEqual([false, false, false]), {
      timeoutMs: AGREE_MS,
    });
    const moves = events.map((e) => (e.kind === "circuit.moved" ? `${e.circuit} ${e.to} ${e.why}` : e.kind));
    expect(moves).toEqual(["route:seven-sms open failures_in_a_row", "route:seven-sms returning recovered"]);
  });

  test("open on failures that no single one of them saw enough of", async () => {
    const [one, two] = [aWorker(), aWorker()] as const;
    await Promise.all([fail(one, 3), fail(two, 2)]);
    await allSay("stop");
  });

  test("let one probe through, whoever asks for it", async () => {
    const [one] = [aWorker(), aWorker(), aWorker()];
    await fail(one, 5);
    await allSay("stop");
    passed += 10_001;
    const asked = workers.flatMap((w) => Array.from({ length: 20 }, () => w.tryProbe("seven-sms")));
    expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
  });

  test("a worker that starts later knows what is open within a second", async () => {
    await fail(aWorker(), 5);
    await allSay("stop");
    aWorker();
    await allSay("stop");
  });
});

describe("the circuit store", () => {
  test("loses no change of many that come at once", async () => {
    const clientsOf = Array.from({ length: 4 }, () => connectTestRedis());
    clients.push(...clientsOf);
    const stores = clientsOf.map((client) => createCircuitStore(client, bundle.keys));
    const seen = { calls: 1, failures: 0, slow: 0, failuresInARow: 0, sure: 0 };
    const at = Date.now();
    await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        stores[i % 4]!.change("route:a", (c) => observe(c, seen, at, CIRCUIT_RULES)),
      ),
    );
    const stored = (await stores[0]!.all()).get("route:a")!;
    const calls = stored.circuit.kind === "closed" ? stored.circuit.buckets.map((b) => b.calls) : [];
    expect(calls.reduce((a, b) => a + b, 0)).toBe(200);
    expect(stored.version).toBe("200");
  });

  test("of many that open it one is told that it did", async () => {
    const store = createCircuitStore(bundle.client, bundle.keys);
    const open = (c: Circuit) => openAtOnce(c, Date.now(), CIRCUIT_RULES);
    const done = await Promise.all(Array.from({ length: 30 }, () => store.change("account:a", open)));
    expect(done.filter(({ before, after }) => before.kind !== after.kind)).toHaveLength(1);
  });

  test("takes a state that it cannot read for a closed one, and can change it", async () => {
    const store = createCircuitStore(bundle.client, bundle.keys);
    for (const damaged of ["7 {}", "7 not json", "", "seven"]) {
      await bundle.client.hset(bundle.keys.circuits, "route:a", damaged);
      expect((await store.all()).get("route:a")?.circuit.kind).toBe("closed");
      await store.change("route:a", (c) => openAtOnce(c, Date.now(), CIRCUIT_RULES));
      expect((await store.all()).get("route:a")?.circuit.kind).toBe("open");
    }
  });

  test("keeps one field for each circuit, and gives every probe an end", async () => {
    const one = aWorker();
    await fail(one, 5);
    await one.observe("second-sms", { kind: "refused", reason: "account_auth" }, 20, false);
    await allSay("stop");
    passed += 10_001;
    await one.tryProbe("seven-sms");
    const { client, keys } = bundle;
    const names = rules.routes.size * 2;
    expect(await client.hlen(keys.circuits)).toBeLessThanOrEqual(names);
    const others = (await keysUnder(client, keys.prefix)).filter((key) => key !== keys.circuits);
    expect(others).toEqual([keys.circuitProbe("route:seven-sms")]);
    expect(await client.pttl(others[0]!)).toBeGreaterThan(0);
  });
});
