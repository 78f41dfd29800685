import type { JobsOptions } from "bullmq";
import type { Redis } from "ioredis";
import { z } from "zod";
import { CLIENT_EVENTS, type ClientEvent, eventMessageId } from "../core/client-event.ts";
import { type EndpointRecord, parseEndpoint } from "./endpoint-record.ts";
import { EVENTS_WAITING_MAX, EVENTS_WAITING_TTL_MS, type Keys } from "./keys.ts";
import type { Queues } from "./queues.ts";
import { defineScript, type Script } from "./script.ts";
import { reachable } from "./unavailable.ts";

/** From the outbox, which a delivery's own step writes, into the `notify` queue. */

/** Events moved in one go. */
const PAGE = 1_000;
/** Who fetched events and died is taken for dead after this; another one fetches them then. */
const LEASE_MS = 10_000;

/** More than the tries that the flow gives: it is the flow that ends them. */
const TRIES_MAX = 100;

/** The flow says how long each wait is. Nothing is kept: what failed stands in a list of the endpoint's own. */
const OPTIONS: JobsOptions = {
  attempts: TRIES_MAX,
  backoff: { type: "asked" },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 0,
};

/** KEYS outbox   ARGV 1 now, 2 limit, 3 lease until   returns the events, which nobody else gets until then */
const CLAIM = `
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, event in ipairs(found) do redis.call('ZADD', KEYS[1], ARGV[3], event) end
return found
`;

/**
 * Notes events as under way to one endpoint, as long as there is room.
 * KEYS waiting   ARGV 1 most of them, 2 forget those from before, 3 ttl, then instant and id of each   returns 1 or 0 for each
 */
const ADMIT = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
local room = ARGV[1] - redis.call('ZCARD', KEYS[1])
local admitted = {}
for i = 4, #ARGV, 2 do
  local known = redis.call('ZSCORE', KEYS[1], ARGV[i + 1])
  if not known and room > 0 then
    redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1])
    room = room - 1
    known = true
  end
  admitted[#admitted + 1] = known and 1 or 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return admitted
`;

const eventSchema: z.ZodType<ClientEvent> = z.object({
  event: z.enum(CLIENT_EVENTS),
  clientId: z.string(),
  deliveryId: z.uuid(),
  at: z.number(),
  attempt: z.int().exactOptional(),
});

/** @returns undefined for what no version of ours wrote */
export function parseClientEvent(data: unknown): ClientEvent | undefined {
  return eventSchema.safeParse(data).data;
}

export type EventForwarderDeps = {
  client: Redis;
  keys: Keys;
  queues: Pick<Queues, "notify">;
  /** Too many wait for this endpoint already: it is not told. */
  onDropped: (event: ClientEvent) => void;
};

/** Moves events that are due. Any number of workers may; doing it twice gives the same job. @returns how many were found */
export type ForwardEvents = (now: number) => Promise<number>;

export function createEventForwarder(deps: EventForwarderDeps): ForwardEvents {
  const claim = defineScript(deps.client, "eventsClaim", CLAIM);
  const admit = defineScript(deps.client, "eventsAdmit", ADMIT);
  return (now) => reachable(() => forward(deps, claim, admit, now));
}

async function forward(deps: EventForwarderDeps, claim: Script, admit: Script, now: number): Promise<number> {
  const { client, keys, queues } = deps;
  const found = strings(await claim([keys.eventsOutbox], [now, PAGE, now + LEASE_MS]));
  if (found.length === 0) return 0;
  const events = await wanted(
    deps,
    found.flatMap((text) => parseClientEvent(JSON.parse(text)) ?? []),
  );
  const jobs = (await Promise.all(byClient(events).map((some) => admitted(deps, admit, some, now)))).flat();
  await queues.notify.addBulk(
    jobs.map((event) => ({ name: "event", data: event, opts: { ...OPTIONS, jobId: eventMessageId(event) } })),
  );
  // Last: whoever dies before this leaves them to be fetched again, under the same ids.
  await client.zrem(keys.eventsOutbox, ...found);
  return found.length;
}

/** Without those that their client does not want, and those of an endpoint that is switched off. */
async function wanted(
  { client, keys }: EventForwarderDeps,
  events: readonly ClientEvent[],
): Promise<ClientEvent[]> {
  const ids = [...new Set(events.map(({ clientId }) => clientId))];
  if (ids.length === 0) return [];
  const values = await client.hmget(keys.endpoints, ...ids);
  const records = new Map(ids.map((id, index) => [id, parseEndpoint(values[index])]));
  return events.filter((event) => wants(records.get(event.clientId), event));
}

function wants(record: EndpointRecord | undefined, { event }: ClientEvent): boolean {
  return record !== undefined && !record.disabled && record.only?.includes(event) !== false;
}

function byClient(events: readonly ClientEvent[]): ClientEvent[][] {
  const groups = new Map<string, ClientEvent[]>();
  for (const event of events) {
    const group = groups.get(event.clientId);
    if (group) group.push(event);
    else groups.set(event.clientId, [event]);
  }
  return [...groups.values()];
}

async function admitted(
  { keys, onDropped }: EventForwarderDeps,
  admit: Script,
  events: readonly ClientEvent[],
  now: number,
): Promise<ClientEvent[]> {
  const clientId = events[0]?.clientId ?? "";
  const named = events.flatMap((event) => [event.at, eventMessageId(event)]);
  const bounds = [EVENTS_WAITING_MAX, now - EVENTS_WAITING_TTL_MS, EVENTS_WAITING_TTL_MS];
  const answers = strings(await admit([keys.eventsWaiting(clientId)], [...bounds, ...named]));
  for (const [index, event] of events.entries()) if (answers[index] !== "1") onDropped(event);
  return events.filter((_, index) => answers[index] === "1");
}

function strings(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}
