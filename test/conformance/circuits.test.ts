import { createCircuitStore } from "../../src/redis/circuit-store.ts";
import { createOrderStore } from "../../src/redis/order-store.ts";
import { createOrders } from "../../src/redis/orders.ts";
import { createCircuits } from "../../src/redis/circuits.ts";
import { seededRandom } from "../support/chaos.ts";
import { createMemoryCircuits } from "../support/memory-circuits.ts";
import { aRedisStore } from "../support/store-bundle.ts";
import { CIRCUIT_TEST_RULES as rules, circuitsConformance, type CircuitsHarness } from "./circuits.ts";

function movable(): { now: () => number; pass: (ms: number) => void } {
  let passed = 0;
  return {
    now: () => Date.now() + passed,
    pass: (ms) => {
      passed += ms;
    },
  };
}

function inMemory(): CircuitsHarness {
  const { now, pass } = movable();
  const circuits = createMemoryCircuits({ now, rules, random: seededRandom(1) });
  const say = async (route: string, kind: "stopped" | "forced" | "auto", forMs?: number) =>
    circuits.say(route, kind, forMs);
  return { circuits, pass, say, close: async () => undefined };
}

function inRedis(): CircuitsHarness {
  const { now, pass } = movable();
  const bundle = aRedisStore();
  const store = createCircuitStore(bundle.client, bundle.keys);
  const events = { record: () => undefined };
  const orderStore = createOrderStore(bundle.client, bundle.keys);
  const orders = createOrders({ store: orderStore, events, now });
  const circuits = createCircuits({ store, orders, rules, events, now, random: seededRandom(1) });
  const say = async (route: string, kind: "stopped" | "forced" | "auto", forMs = 60_000) => {
    if (kind === "auto") await orderStore.takeBack(route);
    else await orderStore.say(route, { kind, by: "ops", why: "test", since: now(), until: now() + forMs });
  };
  const close = async () => {
    circuits.close();
    orders.close();
    await bundle.close();
  };
  return { circuits, pass, say, close };
}

circuitsConformance("in-memory", inMemory);
circuitsConformance("Redis", inRedis);
