import type { Redis } from "ioredis";
import { type ClientEvent, eventMessageId } from "../core/client-event.ts";
import { afterFailure, afterTaken, type EndpointHealth } from "../core/endpoint.ts";
import type { Endpoint, Endpoints, EventFailure } from "../flows/notify-ports.ts";
import {
  type EndpointRecord,
  liveSecrets,
  openSecret,
  parseEndpoint,
  parseHealth,
} from "./endpoint-record.ts";
import { type KeptVault, withFreshKeys } from "./key-store.ts";
import { EVENT_FAILURES_MAX, EVENT_FAILURES_TTL_MS, type Keys } from "./keys.ts";
import { defineScript, type Script } from "./script.ts";
import { reachable } from "./unavailable.ts";

/** Several workers write, and none may undo another's word. KEYS hash   ARGV 1 field, 2 as it was read, 3 as it shall be */
const REPLACE = `
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
`;

/** Writers of one endpoint's health are a few calls; who loses more often leaves it to the others. */
const TRIES_MAX = 10;

export type EndpointsDeps = {
  client: Redis;
  keys: Keys;
  vault: Pick<KeptVault, "open" | "refresh">;
  now: () => number;
};

type Deps = EndpointsDeps & { replace: Script };

/** The endpoints as the workers use them. All methods throw StoreUnavailable when Redis cannot be reached. */
export function createEndpoints(given: EndpointsDeps): Endpoints {
  const { client, keys, now } = given;
  const deps = { ...given, replace: defineScript(client, "endpointReplace", REPLACE) };
  return {
    find: (clientId) => find(deps, clientId),
    taken: async (clientId) => void (await changeHealth(deps, clientId, (h) => afterTaken(h, now()))),
    failed: async (clientId, failure, retryAfterMs) => {
      await noteFailure(deps, clientId, failure);
      return changeHealth(deps, clientId, (h) => afterFailure(h, failure.at, retryAfterMs));
    },
    disable: async (clientId, why) => {
      const seen = await reachable(() => client.hget(keys.endpoints, clientId));
      const record = parseEndpoint(seen);
      if (!record || record.disabled) return false;
      return replaced(deps, keys.endpoints, clientId, seen, { ...record, disabled: { why, at: now() } });
    },
    waiting: (clientId) => reachable(() => client.zcard(keys.eventsWaiting(clientId))),
    finished: (event: ClientEvent) =>
      reachable(
        async () => void (await client.zrem(keys.eventsWaiting(event.clientId), eventMessageId(event))),
      ),
  };
}

async function find(deps: Deps, clientId: string) {
  const { client, keys, now } = deps;
  const [value, health] = await reachable(() =>
    Promise.all([client.hget(keys.endpoints, clientId), client.hget(keys.endpointHealth, clientId)]),
  );
  const record = parseEndpoint(value);
  if (!record || record.disabled) return undefined;
  return { endpoint: await opened(deps, clientId, record, now()), health: parseHealth(health) };
}

/** Opened for each call, so that no secret lies open in memory for long. */
export async function opened(
  { vault }: Pick<EndpointsDeps, "vault">,
  clientId: string,
  record: EndpointRecord,
  now: number,
): Promise<Endpoint> {
  const secrets = await withFreshKeys(vault, () =>
    liveSecrets(record, now).map((secret) => openSecret(vault, clientId, secret)),
  );
  return { clientId, url: record.url, only: record.only, secrets };
}

async function changeHealth(
  deps: Deps,
  clientId: string,
  change: (health: EndpointHealth) => EndpointHealth,
): Promise<EndpointHealth> {
  const { client, keys } = deps;
  let next = change(parseHealth(undefined));
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const seen = await reachable(() => client.hget(keys.endpointHealth, clientId));
    const health = parseHealth(seen);
    next = change(health);
    if (next === health) return next;
    if (await replaced(deps, keys.endpointHealth, clientId, seen, next)) return next;
  }
  return next;
}

async function replaced({ replace }: Deps, hash: string, field: string, seen: string | null, to: unknown) {
  return (await reachable(() => replace([hash], [field, seen ?? "", JSON.stringify(to)]))) === 1;
}

async function noteFailure({ client, keys }: Deps, clientId: string, failure: EventFailure): Promise<void> {
  const key = keys.eventFailures(clientId);
  await reachable(() =>
    client
      .multi()
      .lpush(key, JSON.stringify(failure))
      .ltrim(key, 0, EVENT_FAILURES_MAX - 1)
      .pexpire(key, EVENT_FAILURES_TTL_MS)
      .exec(),
  );
}
