import { EVENT_WAITS_MS } from "../../src/core/endpoint.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import { advance } from "../../src/core/advance.ts";
import { clientEvents } from "../../src/core/client-event.ts";
import type { FlowEvent } from "../../src/flows/events.ts";
import { createNotify, type Notify } from "../../src/flows/notify.ts";
import { createEventPoster } from "../../src/notify/event-poster.ts";
import { createGuard, type Guard } from "../../src/notify/guard.ts";
import { createEndpointAdmin, type EndpointAdmin } from "../../src/redis/endpoint-admin.ts";
import { createEndpoints } from "../../src/redis/endpoints.ts";
import { createEventForwarder } from "../../src/redis/event-outbox.ts";
import { createQueues, type Queues } from "../../src/redis/queues.ts";
import { createLane } from "../../workers/lane.ts";
import { notifyHandler } from "../../workers/notify.ts";
import { connectTestRedis } from "./redis.ts";
import { aNewDelivery, aRedisStore, type RedisStoreBundle } from "./store-bundle.ts";

/** Waits of tests between the tries of one event. */
export const QUICK_WAITS_MS = [50, 100, 200];

export type EventsBundle = RedisStoreBundle & {
  admin: EndpointAdmin;
  queues: Queues;
  events: FlowEvent[];
  /** What became of the tries so far. */
  results: () => string[];
  /** Registers a client that has an endpoint. @returns its secret */
  register: (id: string, url: string, only?: Parameters<EndpointAdmin["set"]>[2]) => Promise<string>;
  /** Stores a new delivery that a provider took and reported delivered, by the steps of the store. */
  delivered: (clientId: string, changes?: Partial<Delivery>) => Promise<string>;
  forward: () => Promise<number>;
  /** Fetches and posts as a worker process does, until the bundle ends. @returns ends it, at once */
  work: (options?: Partial<WorkOptions>) => () => Promise<void>;
  close: () => Promise<void>;
};

type WorkOptions = { waitsMs: readonly number[]; guard: Guard; proxy: string };

/** Everything between a delivery's store and an endpoint, over real Redis, BullMQ and HTTP. */
export function anEventsBundle(now: () => number = Date.now): EventsBundle {
  const bundle = aRedisStore();
  const { client, keys, vault, store } = bundle;
  const queues = createQueues({ client, prefix: keys.prefix, routes: [] });
  const admin = createEndpointAdmin({ client, keys, vault, now });
  const events: FlowEvent[] = [];
  const record = (event: FlowEvent) => void events.push(event);
  const onDropped = ({
    clientId,
    deliveryId,
    event,
  }: {
    clientId: string;
    deliveryId: string;
    event: string;
  }) => record({ kind: "events.posted", clientId, deliveryId, event, result: "dropped" });
  const forwardEvents = createEventForwarder({ client, keys, queues, onDropped });
  const closers: (() => Promise<void>)[] = [];
  const forward = () => forwardEvents(now());

  async function delivered(clientId: string, changes: Partial<Delivery> = {}): Promise<string> {
    const entry = aNewDelivery({ delivery: { clientId, ...changes } });
    await store.create(entry);
    const { id } = entry.delivery;
    const at = now();
    const report = { status: "delivered", said: "DELIVERED", providerMessageId: undefined } as const;
    const whole = { ...report, reference: undefined, reportedAt: undefined };
    for (const step of [
      { kind: "intended", at },
      { kind: "outcome", attempt: 1, outcome: { kind: "accepted", providerMessageId: `m-${id}` }, at },
      { kind: "reported", attempt: 1, report: whole, at },
    ] as const) {
      const from = (await store.load(id))!;
      const to = advance(from.delivery, step);
      const dueAt = to.state === "delivered" ? undefined : at + 60_000;
      await store.save({ from, to, dueAt, binds: [], events: clientEvents(from.delivery, to, at) });
    }
    return id;
  }

  function notifier({
    waitsMs = QUICK_WAITS_MS,
    guard = createGuard(["127.0.0.1"]),
    proxy,
  }: Partial<WorkOptions>) {
    const poster = createEventPoster({ guard, proxy, now: Date.now, version: "0" });
    const notify: Notify = createNotify({
      clock: { now, elapsed: () => performance.now() },
      random: { fraction: Math.random, id: () => "" },
      events: { record },
      load: store.load,
      endpoints: createEndpoints({ client, keys, vault, now }),
      post: poster.post,
      instant: (at) => new Date(at).toISOString(),
      waitsMs,
    });
    return { notify, close: poster.close };
  }

  return {
    ...bundle,
    admin,
    queues,
    events,
    results: () => events.flatMap((e) => (e.kind === "events.posted" ? [e.result] : [])),
    register: async (id, url, only) => {
      await client.sadd(keys.clients, id);
      const record = { id, name: id, consents: {}, createdAt: now(), keys: [] };
      await client.set(keys.client(id), JSON.stringify(record));
      return (await admin.set(id, url, only))!;
    },
    delivered,
    forward,
    work: (options = {}) => {
      const { notify, close } = notifier(options);
      const own = connectTestRedis();
      const lane = createLane({
        name: queues.notify.name,
        client: own,
        prefix: keys.prefix,
        concurrency: 64,
        onError: () => undefined,
        handle: notifyHandler({ webhook: undefined, onPosted: () => undefined, notify }),
      });
      lane.run();
      const sweeping = setInterval(() => void forward(), 50);
      let ended: Promise<void> | undefined;
      const end = () =>
        (ended ??= (async () => {
          clearInterval(sweeping);
          await lane.abandon();
          await close();
          own.disconnect();
        })());
      closers.push(end);
      return end;
    },
    close: async () => {
      for (const close of closers.reverse()) await close();
      await queues.close();
      await bundle.close();
    },
  };
}

/** The standard's own schedule, by which most of a test would wait for hours. */
export const SLOW_WAITS_MS = EVENT_WAITS_MS;
