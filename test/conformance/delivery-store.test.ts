import { createMemoryStore } from "../support/memory-store.ts";
import { aRedisStore } from "../support/store-bundle.ts";
import { deliveryLimitsConformance } from "./delivery-limits.ts";
import { deliveryStoreConformance, type OpenStore } from "./delivery-store.ts";
import { deliveryStoreAgainConformance } from "./delivery-store-again.ts";
import { deliveryStoreTimersConformance } from "./delivery-store-timers.ts";

const inMemory: OpenStore = (limits) => {
  const store = createMemoryStore({ now: Date.now, limits });
  return { store, counts: async () => store.counts(), close: async () => undefined };
};
const inRedis: OpenStore = (limits) => aRedisStore(limits);

for (const [name, open] of [
  ["in-memory", inMemory],
  ["Redis", inRedis],
] as const) {
  deliveryStoreConformance(name, open);
  deliveryStoreTimersConformance(name, open);
  deliveryStoreAgainConformance(name, open);
  deliveryLimitsConformance(name, open);
}
