import { createQuietRoutes } from "../../src/redis/quiet-routes.ts";
import { createMemoryQuiet } from "../support/memory-quiet.ts";
import { aRedisStore } from "../support/store-bundle.ts";
import { QUIET_TEST_RULES as rules, quietConformance, type QuietHarness } from "./quiet.ts";

const events = { record: () => undefined };

function movable(): { now: () => number; pass: (ms: number) => void } {
  let passed = 0;
  return {
    now: () => Date.now() + passed,
    pass: (ms) => {
      passed += ms;
    },
  };
}

function inMemory(): QuietHarness {
  const clock = movable();
  const quiet = createMemoryQuiet({ now: clock.now, rules, events });
  return { ...clock, quiet, close: async () => undefined };
}

function inRedis(): QuietHarness {
  const clock = movable();
  const bundle = aRedisStore();
  const quiet = createQuietRoutes({
    client: bundle.client,
    keys: bundle.keys,
    rules,
    events,
    now: clock.now,
  });
  const close = async () => {
    quiet.close();
    await bundle.close();
  };
  return { ...clock, quiet, close };
}

quietConformance("in-memory", inMemory);
quietConformance("Redis", inRedis);
