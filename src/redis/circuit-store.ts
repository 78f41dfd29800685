import type { Redis } from "ioredis";
import { z } from "zod";
import { type Circuit, CLOSED } from "../core/circuit.ts";
import type { Keys } from "./keys.ts";
import { defineScript } from "./script.ts";
import { reachable } from "./unavailable.ts";

/** KEYS circuits   ARGV 1 name, 2 expected version ('' = none), 3 new version, 4 state */
const SAVE_CIRCUIT = `
local seen = redis.call('HGET', KEYS[1], ARGV[1])
local version = seen and seen:match('^(%d+) ') or ''
if version ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. ' ' .. ARGV[4])
return 1
`;

const bucket = z.object({ at: z.number(), calls: z.number(), failures: z.number(), slow: z.number() });
const openReason = z.enum(["failures_in_a_row", "failure_share", "slow", "account_fault", "probe_failed"]);
const circuitSchema: z.ZodType<Circuit> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("closed"), buckets: z.array(bucket), inARow: z.number() }),
  z.object({ kind: z.literal("open"), since: z.number(), why: openReason, probeAt: z.number() }),
  z.object({ kind: z.literal("returning"), since: z.number(), inARow: z.number() }),
]);

export type StoredCircuit = { circuit: Circuit; version: string };

export type CircuitStore = ReturnType<typeof createCircuitStore>;

/** Circuits in one hash, each with a version, so that workers do not overwrite what another one saw. */
export function createCircuitStore(client: Redis, keys: Keys) {
  const save = defineScript(client, "saveCircuit", SAVE_CIRCUIT);
  return {
    all: () =>
      reachable(async () => {
        const values = await client.hgetall(keys.circuits);
        return new Map(Object.entries(values).map(([name, value]) => [name, parse(value)]));
      }),
    /** Applies a pure change to the newest state. @returns the states before and after */
    change: async (
      name: string,
      change: (circuit: Circuit) => Circuit,
    ): Promise<{ before: Circuit; after: Circuit }> => {
      for (;;) {
        const { circuit: before, version } = parse(await reachable(() => client.hget(keys.circuits, name)));
        const after = change(before);
        if (after === before) return { before, after };
        const args = [name, version, Number(version || 0) + 1, JSON.stringify(after)];
        if ((await reachable(() => save([keys.circuits], args))) === 1) return { before, after };
      }
    },
    /** One caller in all workers wins; a probe that never came back gives its turn up after `ms`. */
    winProbe: (name: string, ms: number) =>
      reachable(async () => (await client.set(keys.circuitProbe(name), "1", "PX", ms, "NX")) === "OK"),
  };
}

/** What no version of ours wrote counts as closed: a damaged circuit must not stop a route, or a worker. */
function parse(value: string | null): StoredCircuit {
  const [, version = "", state = ""] = /^(\d+) (.*)$/s.exec(value ?? "") ?? [];
  return { circuit: circuitSchema.safeParse(json(state)).data ?? CLOSED, version };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
