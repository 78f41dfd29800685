import type { Redis } from "ioredis";
import { ClientFault } from "./client-fault.ts";
import { type ClientRecord, parseClientRecord } from "./client-record.ts";
import type { Keys } from "./keys.ts";
import { defineScript, type ScriptArg } from "./script.ts";

/** What changes in the same instant as the record. KEYS[1], ARGV[1] and ARGV[2] are the record's own. */
export type Also = { name: string; lua: string; keys: readonly string[]; args: readonly ScriptArg[] };

/** What the client becomes; the same object where nothing changes. */
export type Change = { record: ClientRecord; also?: Also };

type Deps = { client: Redis; keys: Keys };

/** People rarely change one client at one instant, and never this often. */
const TRIES_MAX = 20;

/** @throws ClientFault when there is no such client */
export async function loadClient(deps: Deps, id: string): Promise<ClientRecord> {
  return parseClientRecord(await read(deps, id));
}

/**
 * Changes a client as it is now: of two changes at one instant the later is made on what the earlier left, so
 * `change` may be asked more than once. @throws ClientFault when there is no such client, and what `change` throws
 */
export async function changeClient(
  deps: Deps,
  id: string,
  change: (record: ClientRecord) => Change | Promise<Change>,
): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const before = await read(deps, id);
    if (await replace(deps, before, await change(parseClientRecord(before)))) return;
  }
  throw new ClientFault(`Client ${id} is being changed by others all the time. Try again`);
}

async function read({ client, keys }: Deps, id: string): Promise<string> {
  const value = await client.get(keys.client(id));
  if (value === null) throw new ClientFault(`There is no client ${id}. See: otpost clients list`);
  return value;
}

async function replace({ client, keys }: Deps, before: string, { record, also }: Change): Promise<boolean> {
  const run = defineScript(client, `change_client${also ? `_${also.name}` : ""}`, lua(also));
  const allKeys = [keys.client(record.id), ...(also?.keys ?? [])];
  return (await run(allKeys, [before, JSON.stringify(record), ...(also?.args ?? [])])) === 1;
}

/** The rest goes first: where it fails, the record stays as it was. */
function lua(also: Also | undefined): string {
  return `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
${also?.lua ?? ""}
redis.call('SET', KEYS[1], ARGV[2])
return 1
`;
}
