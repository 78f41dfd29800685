import { createCircuitStore } from "../../src/redis/circuit-store.ts";
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
  return { circuits, pass, close: async () => undefined };
}

function inRedis(): CircuitsHarness {
  const { now, pass } = movable();
  const bundle = aRedisStore();
  const store = createCircuitStore(bundle.client, bundle.keys);
  const events = { record: () => undefined };
  const circuits = createCircuits({ store, rules, events, now, random: seededRandom(1) });
  const close = async () => {
    circuits.close();
    await bundle.close();
  };
  return { circuits, pass, close };
}

circuitsConformance("in-memory", inMemory);
circuitsConformance("Redis", inRedis);
