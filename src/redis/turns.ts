import type { Redis } from "ioredis";
import type { RecordReads } from "../core/rules.ts";
import type { Turns } from "../flows/turns-port.ts";
import { whenReady } from "./client.ts";
import type { Keys } from "./keys.ts";
import { createSlots, type TakeSlot } from "./slots.ts";

/** Later a reading is of no use: nobody who waited for it waits any more. */
const LEFT_TTL_MS = 10_000;

export type SharedTurns = { of: (account: string) => Turns; close: () => void };

/** `ready` ends in any case; a command then fails by itself. */
type Connection = { client: Redis; takeSlot: TakeSlot; ready: Promise<void> };

/**
 * Turns at reading providers' records, shared by every process on the same Redis. The connection is made by
 * the first of them, for a process without workers reads nothing. While Redis is away nobody has a turn.
 * @param connect makes a client whose commands fail instead of waiting
 */
export function createTurns(connect: () => Redis, keys: Keys, reads: RecordReads): SharedTurns {
  let connection: Connection | undefined;
  const connected = async (): Promise<Connection> => {
    connection ??= open(connect(), reads.withinMs);
    await connection.ready;
    return connection;
  };
  return {
    of: (account) => turnsOf({ connected, keys, reads }, account),
    close: () => connection?.client.disconnect(),
  };
}

function open(client: Redis, withinMs: number): Connection {
  const ready = whenReady(client, withinMs).catch(() => undefined);
  return { client, takeSlot: createSlots(client), ready };
}

type Deps = { connected: () => Promise<Connection>; keys: Keys; reads: RecordReads };

function turnsOf({ connected, keys, reads }: Deps, account: string): Turns {
  const [slot, last] = [keys.readSlot(account), keys.lastRead(account)];
  return {
    ...reads,
    take: () => orNothing(async () => (await connected()).takeSlot(slot, reads.everyMs, reads.withinMs)),
    leave: async (brought) => {
      await orNothing(async () => (await connected()).client.set(last, brought, "PX", LEFT_TTL_MS));
    },
    left: () =>
      orNothing(async () => {
        const { client } = await connected();
        // In this order: should it be replaced in between, it only looks older than it is.
        const [ttlMs, brought] = await Promise.all([client.pttl(last), client.get(last)]);
        return brought === null || ttlMs < 0 ? undefined : { brought, ageMs: LEFT_TTL_MS - ttlMs };
      }),
  };
}

/** Its client has reported why Redis did not answer. */
async function orNothing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}
