import type { Redis } from "ioredis";
import { z } from "zod";
import { BREAK_GLASS, type Role, ROLES } from "../core/operator.ts";
import { StoreUnavailable } from "../flows/ports.ts";
import type { OperatorTokens } from "../flows/operator-port.ts";
import { newSecret, sameSecret } from "../platform/secret.ts";
import { hashSecret } from "./client-record.ts";
import type { Keys } from "./keys.ts";
import { orKnown } from "./patience.ts";
import { reachable } from "./unavailable.ts";

/** A revoked token ends within this and the wait below. */
const FRESH_MS = 600;
/** A Redis that hangs must leave time for the page itself: what was read last is used after this wait. */
const PATIENCE_MS = 300;
/** While Redis is away: operators who were known stay so for this long, for that is when they are needed. */
const STALE_MS = 10 * 60_000;
/** All are read at once. */
const OPERATORS_MAX = 500;

const recordSchema = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  /** First digits of the hash. */
  tokenId: z.string(),
  hash: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
  by: z.string(),
});

export type OperatorRecord = z.infer<typeof recordSchema>;
export type NewOperator = { name: string; role: Role; validMs: number; by: string };
export type OperatorAdmin = ReturnType<typeof createOperatorAdmin>;

export class OperatorFault extends Error {
  override readonly name = "OperatorFault";
}

/** Without a dot, which ends the name in a token. */
export const OPERATOR_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Adding, listing and revoking operators' tokens. A token is returned once, when it is made, and never stored. */
export function createOperatorAdmin(deps: { client: Redis; keys: Keys; now: () => number }) {
  const { client, keys, now } = deps;
  return {
    /** @returns the token, `<name>.<secret>` @throws OperatorFault when the name is taken or cannot be used */
    add: async ({ name, role, validMs, by }: NewOperator): Promise<string> => {
      if (!OPERATOR_NAME.test(name) || name === BREAK_GLASS) throw new OperatorFault(`${BAD_NAME}.`);
      if ((await client.hlen(keys.operators)) >= OPERATORS_MAX) throw new OperatorFault(TOO_MANY);
      const secret = newSecret();
      const hash = hashSecret(secret);
      const [createdAt, expiresAt] = [now(), now() + validMs];
      const record = { name, role, tokenId: hash.slice(0, 8), hash, createdAt, expiresAt, by };
      if ((await client.hsetnx(keys.operators, name, JSON.stringify(record))) === 1)
        return `${name}.${secret}`;
      throw new OperatorFault(`There is an operator ${name} already: revoke it first, or take another name.`);
    },
    /** By name, those whose token is over among them. */
    list: async (): Promise<OperatorRecord[]> => {
      const records = [...(await readOperators(client, keys)).values()];
      return records.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    /** @throws OperatorFault when there is nobody of this name */
    revoke: async (name: string): Promise<void> => {
      if ((await client.hdel(keys.operators, name)) === 1) return;
      throw new OperatorFault(`There is no operator ${name.slice(0, 64)}. See: otpost operators list`);
    },
  };
}

const BAD_NAME = `A name has 1 to 64 letters, digits, - or _, and is not ${BREAK_GLASS}`;
const TOO_MANY = `There are ${OPERATORS_MAX} operators already: revoke some, or let them log in by OIDC.`;

type OperatorList = ReadonlyMap<string, OperatorRecord>;

async function readOperators(client: Redis, keys: Keys): Promise<OperatorList> {
  const stored = Object.entries(await reachable(() => client.hgetall(keys.operators)));
  return new Map(stored.map(([name, value]) => [name, recordSchema.parse(JSON.parse(value))]));
}

type Deps = { client: Redis; keys: Keys; now: () => number; elapsed: () => number };

/** Stands for the token of somebody who does not exist, so that it costs a comparison as well. */
const NOBODY = { hash: "", expiresAt: 0 };

/** Checks tokens against the stored hashes, from a short memory. */
export function createOperators(deps: Deps): OperatorTokens {
  const read = createMemory(deps);
  return {
    authenticate: async (name, secret) => {
      const record = (await read()).get(name);
      const { hash, expiresAt } = record ?? NOBODY;
      const fits = sameSecret(hashSecret(secret), hash) && expiresAt > deps.now();
      return record && fits ? { role: record.role, tokenId: record.tokenId } : undefined;
    },
    roleOf: async (name, tokenId) => {
      const record = (await read()).get(name);
      const holds = record !== undefined && record.tokenId === tokenId && record.expiresAt > deps.now();
      return holds ? record.role : undefined;
    },
  };
}

/** @returns reads the list, or what was read last while Redis hangs or is away @throws StoreUnavailable */
function createMemory({ client, keys, elapsed }: Deps): () => Promise<OperatorList> {
  let known: { list: OperatorList; readAt: number } | undefined;
  let reading: Promise<OperatorList> | undefined;
  const readOnce = async () => {
    const readAt = elapsed();
    const list = await readOperators(client, keys);
    known = { list, readAt };
    return list;
  };
  return async () => {
    if (known && elapsed() - known.readAt < FRESH_MS) return known.list;
    reading ??= readOnce().finally(() => (reading = undefined));
    if (!known || elapsed() - known.readAt >= STALE_MS) return reading;
    const { list } = known;
    return orKnown(
      reading.catch((error: unknown) => {
        if (error instanceof StoreUnavailable) return list;
        throw error;
      }),
      list,
      PATIENCE_MS,
    );
  };
}
