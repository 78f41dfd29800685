import type { Context, Hono } from "hono";
import type { NewAuditEntry } from "../core/operator.ts";
import type { FigureReader } from "../flows/figures-port.ts";
import type { OperatorTokens, SignOn } from "../flows/operator-port.ts";
import type { Clock } from "../flows/ports.ts";
import { raw } from "./answer.ts";
import { serveAsset } from "./console/assets.ts";
import type { LiveStreams } from "./console/live.ts";
import { type AuditList, auditPage } from "./console/pages/audit.tsx";
import {
  addOperator,
  addOperatorPage,
  type OperatorDesk,
  operatorsPage,
  revokeOperator,
  revokeOperatorPage,
} from "./console/pages/operators.tsx";
import { type OverviewDeps, overviewPage, overviewRegion } from "./console/pages/overview.tsx";
import { savePreferences } from "./console/preferences.ts";
import { type CspReport, takeCspReports } from "./csp-reports.ts";
import { type HealthDeps, livez, readyz } from "./health.ts";
import { createOperatorCookies } from "./operator-cookies.ts";
import { admit, type Asked, type GuardDeps, guarded, type OperatorRow, refused } from "./operator-guard.ts";
import { createIdentity, type IdentityDeps } from "./operator-identity.ts";
import { createLogin, type Login } from "./operator-login.tsx";
import { getClientFigures, getFigures, getRouteFigures } from "./operator-figures.ts";
import { type FindDesk, getOperatorDelivery, postFind } from "./operator-find.ts";
import { deleteWord, listRoutes, putWord, type RouteDesk } from "./operator-routes.ts";
import { createSessions } from "./operator-session.ts";
import { refusalOf } from "./problem.ts";
import { type BoardQueue, createQueuesApp, QUEUES_PATH } from "./queues.ts";
import { createRouter, type RouteDeps, type Trace } from "./route.ts";
import { createSource } from "./source.ts";
import { createThrottle } from "./throttle.ts";

export type OperatorDeps = HealthDeps &
  Omit<RouteDeps, "clock"> &
  Omit<OverviewDeps, "desk"> & {
    clock: Clock;
    operatorToken: string;
    /** Where operators reach this listener; https binds the session cookie to TLS. */
    operatorUrl: string | undefined;
    trustedProxies: readonly string[];
    tokens: OperatorTokens;
    /** Absent where no identity provider is configured. */
    signOn: SignOn | undefined;
    onBreakGlass: IdentityDeps["onBreakGlass"];
    /** `record` must not throw: what was done stays done. */
    audit: AuditList & { record: (entry: NewAuditEntry) => Promise<void> };
    operators: OperatorDesk;
    live: LiveStreams;
    onCspReport: (report: CspReport) => void;
    registry: { contentType: string; metrics: () => Promise<string> };
    queues: readonly BoardQueue[];
    desk: RouteDesk;
    find: Omit<FindDesk, "clock">;
    figures: FigureReader;
  };

/** The listener for operators and their tools, on a port of its own. */
export function createOperatorApp(deps: OperatorDeps): Hono {
  const { guard, login } = doorkeepers(deps);
  const rows = operatorRoutes(deps, login).map((row) => guarded(row, guard));
  const app = createRouter(rows, { ...deps, refuseUnknown: refused });
  mountQueues(app, deps, guard);
  return app;
}

function doorkeepers(deps: OperatorDeps): { guard: GuardDeps; login: Login } {
  const { operatorUrl, clock, audit } = deps;
  const source = createSource(deps.trustedProxies);
  const sessions = createSessions(deps.operatorToken, clock);
  const cookies = createOperatorCookies(deps);
  const identity = createIdentity({ ...deps, sessions, cookies, source, throttle: createThrottle(clock) });
  const shared = { identity, operatorUrl, audit: audit.record };
  return { guard: shared, login: createLogin({ ...deps, ...shared, sessions, cookies, source }) };
}

/**
 * The whole route table on one screen, each row with the role that it takes; /queues, which brings its own routes,
 * is mounted below. What stands in the navigation is in console/navigation.ts.
 */
export function operatorRoutes(deps: OperatorDeps, login: Login): OperatorRow[] {
  const { desk, operators, audit, live } = deps;
  const metrics = async () => raw(200, await deps.registry.metrics(), deps.registry.contentType);
  const overview = live.region({ everyMs: 2_000, draw: (c) => overviewRegion(c, deps) });
  return [
    { method: "GET", path: "/", role: "viewer", handle: (c) => overviewPage(c, deps) },
    { method: "GET", path: "/live/overview", role: "viewer", acts: true, handle: overview },
    { method: "GET", path: "/metrics", role: "viewer", handle: metrics },
    { method: "GET", path: "/api/routes", role: "viewer", handle: listRoutes(desk) },
    { method: "PUT", path: "/api/routes/:route/word", role: "operator", handle: putWord(desk) },
    { method: "DELETE", path: "/api/routes/:route/word", role: "operator", handle: deleteWord(desk) },
    ...readRows(deps),
    { method: "GET", path: "/operators", role: "admin", handle: (c) => operatorsPage(c, operators) },
    { method: "GET", path: "/operators/add", role: "admin", handle: addOperatorPage },
    { method: "POST", path: "/operators/add", role: "admin", handle: (c, a) => addOperator(c, a, operators) },
    {
      method: "GET",
      path: "/operators/revoke",
      role: "admin",
      handle: (c) => revokeOperatorPage(c, operators),
    },
    {
      method: "POST",
      path: "/operators/revoke",
      role: "admin",
      handle: (c, a) => revokeOperator(c, a, operators),
    },
    { method: "GET", path: "/audit", role: "admin", handle: (c) => auditPage(c, audit) },
    { method: "GET", path: "/login", role: "open", handle: login.loginPage },
    { method: "POST", path: "/login", role: "open", handle: login.login },
    { method: "GET", path: "/login/sso", role: "open", handle: login.signOn },
    { method: "GET", path: "/login/sso/callback", role: "open", handle: login.signedOn },
    { method: "POST", path: "/logout", role: "open", handle: login.logout },
    { method: "POST", path: "/preferences", role: "open", handle: savePreferences(deps.operatorUrl) },
    { method: "POST", path: "/csp-reports", role: "open", handle: takeCspReports(deps.onCspReport) },
    { method: "GET", path: "/assets/:file", role: "open", handle: serveAsset() },
    { method: "GET", path: "/livez", role: "open", handle: livez() },
    { method: "GET", path: "/readyz", role: "open", handle: readyz(deps) },
  ];
}

/** What was counted, and codes by what somebody knows of them, for tools. */
function readRows({ find, figures, clock }: OperatorDeps): OperatorRow[] {
  const desk = { ...find, clock };
  const [client, route] = [getClientFigures(figures), getRouteFigures(figures)];
  const load = getOperatorDelivery(desk);
  const delivery = (c: Context, { trace }: Asked) => load(c, trace);
  return [
    { method: "POST", path: "/api/find", role: "helpdesk", reads: true, handle: postFind(desk) },
    { method: "GET", path: "/api/deliveries/:id", role: "helpdesk", handle: delivery },
    { method: "GET", path: "/api/figures", role: "viewer", handle: getFigures(figures) },
    { method: "GET", path: "/api/figures/clients/:client", role: "viewer", handle: client },
    { method: "GET", path: "/api/figures/routes/:route", role: "viewer", handle: route },
  ];
}

/**
 * The board is a Hono app of its own, so its guard is middleware instead of a wrapper around each handler. It
 * has to stand before the routes: one registered after them would never be asked.
 */
function mountQueues(app: Hono, deps: OperatorDeps, guard: GuardDeps): void {
  const admitted = async (c: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    const refusal = await refusedByGuard(c, deps, guard);
    if (refusal) return refusal;
    await next();
    return undefined;
  };
  app.use(QUEUES_PATH, admitted);
  app.use(`${QUEUES_PATH}/*`, admitted);
  app.route(QUEUES_PATH, createQueuesApp(deps.queues));
  app.onError((error, c) => {
    const trace = { requestId: deps.requestId() };
    deps.onFault(error, trace);
    return refusedFor(error, trace, c, deps);
  });
}

/** Thrown errors of middleware would pass the router's own handling, which gives refusals their form. */
async function refusedByGuard(
  c: Context,
  deps: OperatorDeps,
  guard: GuardDeps,
): Promise<Response | undefined> {
  try {
    const admitted = await admit(c, "viewer", guard);
    return "refusal" in admitted ? admitted.refusal : undefined;
  } catch (error) {
    return refusedFor(error, { requestId: deps.requestId() }, c, deps);
  }
}

function refusedFor(error: unknown, trace: Trace, c: Context, deps: OperatorDeps): Response {
  return refused(refusalOf(error, deps.fraction), trace, c);
}
