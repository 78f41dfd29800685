import type { Base } from "./compose.ts";
import type { Connected } from "./connect.ts";
import { systemClock } from "./platform/clock.ts";
import { createRouteDesk, type RouteDesk } from "./route-desk.ts";

/** The desk of a running process: it shows the routes of the policy that holds when it is asked. */
export function liveDesk(base: Base, { client, queues, flows }: Connected): RouteDesk {
  return createRouteDesk({
    client,
    keys: base.keys,
    queues,
    get routes() {
      return [...flows.rules.routes.values()];
    },
    get order() {
      return flows.defaultRoutes;
    },
    events: flows.events,
    now: systemClock.now,
  });
}
