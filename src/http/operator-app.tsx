import type { Context, Hono } from "hono";
import type { Alert } from "../core/alert.ts";
import type { Circuit } from "../core/circuit.ts";
import type { Reporting } from "../core/quiet.ts";
import type { Clock } from "../flows/ports.ts";
import { raw } from "./answer.ts";
import { type HealthDeps, livez, readyz } from "./health.ts";
import { operatorIndex } from "./operator-index.tsx";
import { deleteWord, listRoutes, putWord, type RouteDesk } from "./operator-routes.ts";
import { createOperatorAuth, type OperatorAuth } from "./operator-auth.tsx";
import { problemResponse, refusalOf } from "./problem.ts";
import { type BoardQueue, createQueuesApp, QUEUES_PATH } from "./queues.ts";
import { createRouter, type Route, type RouteDeps } from "./route.ts";
import { createSource } from "./source.ts";
import { createThrottle } from "./throttle.ts";

export type OperatorDeps = HealthDeps &
  Omit<RouteDeps, "clock"> & {
    clock: Clock;
    operatorToken: string;
    /** Where operators reach this listener; https binds the session cookie to TLS. */
    operatorUrl: string | undefined;
    trustedProxies: readonly string[];
    registry: { contentType: string; metrics: () => Promise<string> };
    queues: readonly BoardQueue[];
    /** Every circuit by name: `route:<id>` and `account:<id>`. */
    circuits: () => ReadonlyMap<string, Circuit>;
    desk: RouteDesk;
    /** The newest alerts, newest first. */
    alerts: () => Promise<Alert[]>;
    /** Whether the messages of each route are reported. */
    reporting: () => ReadonlyMap<string, Reporting>;
    version: string;
  };

/** The listener for operators and their tools, on a port of its own. */
export function createOperatorApp(deps: OperatorDeps): Hono {
  const auth = createOperatorAuth({
    ...deps,
    source: createSource(deps.trustedProxies),
    throttle: createThrottle(deps.clock),
  });
  const app = createRouter(operatorRoutes(deps, auth), deps);
  mountQueues(app, deps, auth);
  return app;
}

/** The whole route table on one screen; /queues, which brings its own routes, is mounted below. */
function operatorRoutes(deps: OperatorDeps, auth: OperatorAuth): Route[] {
  const guarded = (handle: Route["handle"]): Route["handle"] => {
    return (c, trace) => auth.guard(c) ?? handle(c, trace);
  };
  const metrics = async () => raw(200, await deps.registry.metrics(), deps.registry.contentType);
  return [
    { method: "GET", path: "/", handle: guarded(() => operatorIndex(deps)) },
    { method: "GET", path: "/metrics", handle: guarded(metrics) },
    { method: "GET", path: "/api/routes", handle: guarded(listRoutes(deps.desk)) },
    { method: "PUT", path: "/api/routes/:route/word", handle: guarded(putWord(deps.desk)) },
    { method: "DELETE", path: "/api/routes/:route/word", handle: guarded(deleteWord(deps.desk)) },
    { method: "GET", path: "/login", handle: auth.loginPage },
    { method: "POST", path: "/login", handle: auth.login },
    { method: "POST", path: "/logout", handle: auth.logout },
    { method: "GET", path: "/livez", handle: livez() },
    { method: "GET", path: "/readyz", handle: readyz(deps) },
  ];
}

/**
 * The board is a Hono app of its own, so its guard is middleware instead of a wrapper around each handler. It
 * has to stand before the routes: one registered after them would never be asked.
 */
function mountQueues(app: Hono, deps: OperatorDeps, auth: OperatorAuth): void {
  const guard = async (c: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    const refused = refusedByGuard(c, deps, auth);
    if (refused) return refused;
    await next();
    return undefined;
  };
  app.use(QUEUES_PATH, guard);
  app.use(`${QUEUES_PATH}/*`, guard);
  app.route(QUEUES_PATH, createQueuesApp(deps.queues));
  app.onError((error) => {
    deps.onFault(error, { requestId: deps.requestId() });
    return problemOf(error, deps);
  });
}

/** Thrown errors of middleware would pass the router's own handling, which gives refusals their form. */
function refusedByGuard(c: Context, deps: OperatorDeps, auth: OperatorAuth): Response | undefined {
  try {
    return auth.guard(c);
  } catch (error) {
    return problemOf(error, deps);
  }
}

function problemOf(error: unknown, deps: OperatorDeps): Response {
  return problemResponse(refusalOf(error, deps.fraction), deps.requestId());
}
