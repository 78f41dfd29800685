import type { Config } from "./config.ts";
import type { Connected } from "./connect.ts";
import type { Base } from "./compose.ts";
import { EVENT_WAITS_MS } from "./core/endpoint.ts";
import { createNotify, type Notify } from "./flows/notify.ts";
import { createEventPoster, type EventPoster } from "./notify/event-poster.ts";
import { createGuard, type Guard } from "./notify/guard.ts";
import { systemClock } from "./platform/clock.ts";
import { systemRandom } from "./platform/random.ts";
import { createEndpoints } from "./redis/endpoints.ts";
import { createEventForwarder, type ForwardEvents } from "./redis/event-outbox.ts";
import { VERSION } from "./version.ts";

/** Everything that tells clients of their deliveries, for workers and for the command line. */

export type EventSettings = Pick<Config, "EVENTS_ALLOW_PRIVATE" | "OUTBOUND_PROXY">;

export function eventGuard({ EVENTS_ALLOW_PRIVATE }: Pick<EventSettings, "EVENTS_ALLOW_PRIVATE">): Guard {
  return createGuard(EVENTS_ALLOW_PRIVATE);
}

export function eventPoster(config: EventSettings): EventPoster {
  const { OUTBOUND_PROXY: proxy } = config;
  return createEventPoster({ guard: eventGuard(config), proxy, now: systemClock.now, version: VERSION });
}

export type EventCrew = { notify: Notify; forwardEvents: ForwardEvents; close: () => Promise<void> };

/** @param connected patient: what is told late is better than what is not told */
export function eventCrew({ config, keys, vault }: Base, { flows, queues, client }: Connected): EventCrew {
  const poster = eventPoster(config);
  const { events, store } = flows;
  const notify = createNotify({
    clock: systemClock,
    random: systemRandom,
    events,
    load: store.load,
    endpoints: createEndpoints({ client, keys, vault, now: systemClock.now }),
    post: poster.post,
    instant: (at) => new Date(at).toISOString(),
    waitsMs: EVENT_WAITS_MS,
  });
  const forwardEvents = createEventForwarder({
    client,
    keys,
    queues,
    onDropped: ({ clientId, deliveryId, event }) =>
      events.record({ kind: "events.posted", clientId, deliveryId, event, result: "dropped" }),
  });
  return { notify, forwardEvents, close: poster.close };
}
