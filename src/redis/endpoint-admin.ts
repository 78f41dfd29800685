import type { Redis } from "ioredis";
import { randomBytes } from "node:crypto";
import type { ClientEventName } from "../core/client-event.ts";
import type { EndpointHealth } from "../core/endpoint.ts";
import type { Endpoint, EventFailure } from "../flows/notify-ports.ts";
import { loadClient } from "./client-change.ts";
import { ClientFault } from "./client-fault.ts";
import {
  type EndpointRecord,
  type EndpointSecret,
  liveSecrets,
  openSecret,
  parseEndpoint,
  parseFailures,
  parseHealth,
  sealSecret,
} from "./endpoint-record.ts";
import { opened } from "./endpoints.ts";
import type { KeptVault } from "./key-store.ts";
import { EVENT_FAILURES_MAX, type Keys } from "./keys.ts";

export type EndpointAdminDeps = {
  client: Redis;
  keys: Keys;
  vault: Pick<KeptVault, "seal" | "open" | "refresh">;
  now: () => number;
};

export type ShownEndpoint = {
  clientId: string;
  record: EndpointRecord;
  health: EndpointHealth;
  /** Events under way, those included that wait for their next try. */
  waiting: number;
};

export type EndpointAdmin = ReturnType<typeof createEndpointAdmin>;

/** Where clients want their events. All methods throw ClientFault for a client or an endpoint that is not there. */
export function createEndpointAdmin(deps: EndpointAdminDeps) {
  const { client, keys } = deps;
  return {
    /** A new address is switched on. @returns the secret where one was made, which is with the first address only */
    set: (clientId: string, url: string, only: readonly ClientEventName[] | undefined) =>
      set(deps, clientId, url, only),
    show: (clientId: string) => shown(deps, clientId),
    list: async (): Promise<ShownEndpoint[]> =>
      Promise.all((await client.hkeys(keys.endpoints)).toSorted().map((id) => shown(deps, id))),
    /** With its secrets, switched off or not: for a call that an operator makes. */
    open: async (clientId: string): Promise<Endpoint> =>
      opened(deps, clientId, await load(deps, clientId), deps.now()),
    /** Also forgets how it fared, so that five days begin anew. */
    enable: async (clientId: string) => {
      const { disabled, ...record } = await load(deps, clientId);
      await store(deps, clientId, record);
      await client.hdel(keys.endpointHealth, clientId);
      return disabled !== undefined;
    },
    disable: async (clientId: string) => {
      const record = await load(deps, clientId);
      const disabled = record.disabled ?? { why: "operator" as const, at: deps.now() };
      await store(deps, clientId, { ...record, disabled });
    },
    /** The one before signs as well until `overlapMs` from now. @returns the new secret, and when the other ends */
    rotate: (clientId: string, overlapMs: number) => rotate(deps, clientId, overlapMs),
    remove: async (clientId: string) => {
      await load(deps, clientId);
      await client.hdel(keys.endpoints, clientId);
      await client.hdel(keys.endpointHealth, clientId);
      await client.del(keys.eventsWaiting(clientId), keys.eventFailures(clientId));
    },
    /** Newest first. */
    failures: async (clientId: string): Promise<EventFailure[]> => {
      await load(deps, clientId);
      return parseFailures(await client.lrange(keys.eventFailures(clientId), 0, EVENT_FAILURES_MAX - 1));
    },
    /** Seals every secret anew, for what an earlier generation sealed cannot be opened for ever. */
    reseal: () => reseal(deps),
  };
}

async function set(
  deps: EndpointAdminDeps,
  clientId: string,
  url: string,
  only: readonly ClientEventName[] | undefined,
): Promise<string | undefined> {
  await loadClient(deps, clientId);
  const { client, keys } = deps;
  const known = parseEndpoint(await client.hget(keys.endpoints, clientId));
  const made = known ? undefined : newSecret(deps, clientId);
  const wish = only === undefined ? {} : { only: [...only] };
  const secrets = made ? [made.entry] : (known?.secrets ?? []);
  await store(deps, clientId, { url, ...wish, secrets, createdAt: known?.createdAt ?? deps.now() });
  await client.hdel(keys.endpointHealth, clientId);
  return made?.secret;
}

async function rotate(deps: EndpointAdminDeps, clientId: string, overlapMs: number) {
  const record = await load(deps, clientId);
  const { secret, entry } = newSecret(deps, clientId);
  const endsAt = deps.now() + overlapMs;
  // Two are live at a time: an earlier rotation that is still under way ends with this one.
  const [newest] = liveSecrets(record, deps.now());
  const before =
    newest && overlapMs > 0 ? [{ ...newest, endsAt: Math.min(newest.endsAt ?? endsAt, endsAt) }] : [];
  await store(deps, clientId, { ...record, secrets: [entry, ...before] });
  return { secret, endsAt };
}

async function reseal(deps: EndpointAdminDeps): Promise<void> {
  for (const clientId of await deps.client.hkeys(deps.keys.endpoints)) {
    const record = await load(deps, clientId);
    const secrets = liveSecrets(record, deps.now()).map((entry) => ({
      ...entry,
      sealed: sealSecret(deps.vault, clientId, entry.id, openSecret(deps.vault, clientId, entry)),
    }));
    await store(deps, clientId, { ...record, secrets });
  }
}

async function shown(deps: EndpointAdminDeps, clientId: string): Promise<ShownEndpoint> {
  const { client, keys } = deps;
  const record = await load(deps, clientId);
  const [health, waiting] = await Promise.all([
    client.hget(keys.endpointHealth, clientId),
    client.zcard(keys.eventsWaiting(clientId)),
  ]);
  return { clientId, record, health: parseHealth(health), waiting };
}

async function load({ client, keys }: EndpointAdminDeps, clientId: string): Promise<EndpointRecord> {
  const record = parseEndpoint(await client.hget(keys.endpoints, clientId));
  if (record) return record;
  await loadClient({ client, keys }, clientId);
  throw new ClientFault(`${clientId} gets no events. See: otpost events set --help`);
}

async function store({ client, keys }: EndpointAdminDeps, clientId: string, record: EndpointRecord) {
  await client.hset(keys.endpoints, clientId, JSON.stringify(record));
}

/** Source: standardwebhooks.com, specification 1.0.0: 24 to 64 random bytes. */
function newSecret({ vault, now }: EndpointAdminDeps, clientId: string) {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const id = randomBytes(3).toString("hex");
  const entry: EndpointSecret = { id, sealed: sealSecret(vault, clientId, id, secret), createdAt: now() };
  return { secret, entry };
}
