import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { Msisdn } from "../core/phone.ts";
import type { Vault } from "../platform/secret.ts";
import { type Also, changeClient, loadClient } from "./client-change.ts";
import { ClientFault } from "./client-fault.ts";
import type { ClientRecord } from "./client-record.ts";
import { consentMember } from "./consents.ts";
import type { Keys } from "./keys.ts";

export type RecordedConsent = ClientRecord["consents"][string] & {
  channel: string;
  /** Numbers on the list; undefined where all recipients agreed. */
  numbers: number | undefined;
};

export type ConsentList = {
  add: (numbers: readonly Msisdn[]) => Promise<void>;
  /** Takes the place of whatever was recorded before. @returns how many different numbers it holds */
  commit: (by: string) => Promise<number>;
  discard: () => Promise<void>;
};

export type ConsentAdmin = ReturnType<typeof createConsentAdmin>;

type Deps = { client: Redis; keys: Keys; vault: Vault; now: () => number };

/** A list that nobody finished goes by itself. */
const DRAFT_TTL_S = 3_600;

/** Recording what the recipients of a client agreed to. All methods throw ClientFault for an unknown client. */
export function createConsentAdmin(deps: Deps) {
  return {
    show: async (clientId: string) => recordedConsents(deps, await loadClient(deps, clientId)),
    recordAll: async (clientId: string, channel: string, by: string): Promise<void> => {
      const consent = { by, at: deps.now(), scope: "all" as const };
      const also = withoutList(deps, clientId, channel);
      await changeClient(deps, clientId, (record) => ({
        record: withConsent(record, channel, consent),
        also,
      }));
    },
    beginList: (clientId: string, channel: string) => beginList(deps, clientId, channel),
    /** @returns whether it was new @throws ClientFault when all recipients agreed already */
    addNumber: (clientId: string, channel: string, number: Msisdn, by: string) =>
      addNumber(deps, { clientId, channel, number, by }),
    /** @returns whether it was on the list @throws ClientFault when there is no list */
    removeNumber: (clientId: string, channel: string, number: Msisdn) =>
      removeNumber(deps, { clientId, channel, number }),
    /** @returns whether there was one */
    withdraw: (clientId: string, channel: string) => withdraw(deps, clientId, channel),
  };
}

/** Client and list change together, or a list would count that nobody recorded. */
function withoutList({ keys }: Deps, clientId: string, channel: string): Also {
  return {
    name: "without_list",
    lua: "redis.call('UNLINK', KEYS[2])",
    keys: [keys.consent(clientId, channel)],
    args: [],
  };
}

async function withdraw(deps: Deps, clientId: string, channel: string): Promise<boolean> {
  let recorded = false;
  await changeClient(deps, clientId, (record) => {
    const { [channel]: consent, ...consents } = record.consents;
    recorded = consent !== undefined;
    return { record: { ...record, consents }, also: withoutList(deps, clientId, channel) };
  });
  return recorded;
}

function withConsent(
  record: ClientRecord,
  channel: string,
  consent: ClientRecord["consents"][string],
): ClientRecord {
  return { ...record, consents: { ...record.consents, [channel]: consent } };
}

/** What is recorded, with the sizes of lists; needs no key. */
export async function recordedConsents(
  { client, keys }: Pick<Deps, "client" | "keys">,
  { id, consents }: Pick<ClientRecord, "id" | "consents">,
): Promise<RecordedConsent[]> {
  return Promise.all(
    Object.entries(consents).map(async ([channel, consent]) => ({
      channel,
      ...consent,
      numbers: consent.scope === "all" ? undefined : await client.scard(keys.consent(id, channel)),
    })),
  );
}

async function beginList(deps: Deps, clientId: string, channel: string): Promise<ConsentList> {
  const { client, keys, vault, now } = deps;
  await loadClient(deps, clientId);
  const list = keys.consent(clientId, channel);
  const draft = `${list}:${randomUUID()}`;
  return {
    add: async (numbers) => {
      if (numbers.length === 0) return;
      const members = numbers.map((number) => consentMember(vault, number));
      await client.sadd(draft, ...members);
      await client.expire(draft, DRAFT_TTL_S);
    },
    commit: async (by) => {
      // A draft that is gone would take the old list with it.
      if ((await client.exists(draft)) === 0) throw new ClientFault("The list is empty or took too long");
      const consent = { by, at: now(), scope: "list" as const };
      const also = listFrom(draft, list);
      await changeClient(deps, clientId, (record) => ({
        record: withConsent(record, channel, consent),
        also,
      }));
      return client.scard(list);
    },
    discard: async () => void (await client.unlink(draft)),
  };
}

/** A draft that ran out this moment is an error of Redis, and nothing has changed. */
function listFrom(draft: string, list: string): Also {
  const lua = "redis.call('RENAME', KEYS[3], KEYS[2]) redis.call('PERSIST', KEYS[2])";
  return { name: "list_from", lua, keys: [list, draft], args: [] };
}

type One = { clientId: string; channel: string; number: Msisdn };

async function addNumber(
  deps: Deps,
  { clientId, channel, number, by }: One & { by: string },
): Promise<boolean> {
  const list = deps.keys.consent(clientId, channel);
  const member = consentMember(deps.vault, number);
  const wasThere = await deps.client.sismember(list, member);
  const also = {
    name: "with_number",
    lua: "redis.call('SADD', KEYS[2], ARGV[3])",
    keys: [list],
    args: [member],
  };
  await changeClient(deps, clientId, (record) => {
    const recorded = record.consents[channel];
    if (recorded?.scope === "all") {
      throw new ClientFault(`All recipients of ${clientId} have agreed to ${channel} already`);
    }
    const added = { by, at: deps.now() };
    const consent = recorded ? { ...recorded, added } : { ...added, scope: "list" as const };
    return { record: withConsent(record, channel, consent), also };
  });
  return wasThere === 0;
}

async function removeNumber(deps: Deps, { clientId, channel, number }: One): Promise<boolean> {
  const record = await loadClient(deps, clientId);
  if (record.consents[channel]?.scope !== "list") {
    throw new ClientFault(`${clientId} has no list of numbers for ${channel}. See: otpost clients consent`);
  }
  const list = deps.keys.consent(clientId, channel);
  return (await deps.client.srem(list, consentMember(deps.vault, number))) === 1;
}
