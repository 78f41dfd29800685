import type { Redis } from "ioredis";
import { z } from "zod";
import { type Circuit, CLOSED } from "../core/circuit.ts";
import type { Keys } from "./keys.ts";
import { createSharedStates } from "./shared-states.ts";
import { reachable } from "./unavailable.ts";

const bucket = z.object({ at: z.number(), calls: z.number(), failures: z.number(), slow: z.number() });
const openReason = z.enum(["failures_in_a_row", "failure_share", "slow", "account_fault", "probe_failed"]);
const circuitSchema: z.ZodType<Circuit> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("closed"), buckets: z.array(bucket), inARow: z.number() }),
  z.object({
    kind: z.literal("open"),
    since: z.number(),
    why: openReason,
    probeAt: z.number(),
    taken: z.number().optional(),
  }),
  z.object({
    kind: z.literal("returning"),
    since: z.number(),
    inARow: z.number(),
    wasSlow: z.boolean().optional(),
  }),
]);

export type CircuitStore = ReturnType<typeof createCircuitStore>;

/** The circuits of all routes and accounts. */
export function createCircuitStore(client: Redis, keys: Keys) {
  const { all, change } = createSharedStates(client, keys.circuits, read);
  return {
    all: async () =>
      new Map([...(await all())].map(([name, { state: circuit, version }]) => [name, { circuit, version }])),
    change,
    /** One caller in all workers wins; a probe that never came back gives its turn up after `ms`. */
    winProbe: (name: string, ms: number) =>
      reachable(async () => (await client.set(keys.circuitProbe(name), "1", "PX", ms, "NX")) === "OK"),
  };
}

/** What no version of ours wrote counts as closed: a damaged circuit must not stop a route, or a worker. */
function read(stored: unknown): Circuit {
  return circuitSchema.safeParse(stored).data ?? CLOSED;
}
