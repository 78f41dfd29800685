import type { Hono } from "hono";
import type { Clients, Clock } from "../flows/ports.ts";
import type { Signers } from "../flows/signer-port.ts";
import type { ReportReader } from "../flows/report-port.ts";
import { empty, raw } from "./answer.ts";
import { createClientAuth } from "./auth.ts";
import { type CancelDeps, deleteDelivery } from "./cancel.ts";
import { type FrontEndDeps, frontEndRoutes } from "./compat/front-end.ts";
import { FRONT_ENDS } from "./compat/table.ts";
import { docsPage } from "./docs.tsx";
import { type HealthDeps, livez, readyz } from "./health.ts";
import { getDelivery, type IntakeDeps, postDelivery } from "./intake.ts";
import { createOpenApi } from "./openapi.ts";
import { type OutcomeDeps, postOutcome, postOutcomeByNumber } from "./outcome.ts";
import { postRefusals, type RefusalsDeps } from "./refusals.ts";
import { receiveReports, type ReportsDeps } from "./reports.ts";
import { postResend, type ResendDeps } from "./resend.ts";
import { createRouter, type Route, type RouteDeps } from "./route.ts";
import { createSource } from "./source.ts";
import { createThrottle } from "./throttle.ts";

export type PublicDeps = HealthDeps &
  Omit<RouteDeps, "clock"> &
  Omit<ReportsDeps, "clock"> &
  Omit<IntakeDeps & OutcomeDeps & ResendDeps & CancelDeps & RefusalsDeps & FrontEndDeps, "auth"> & {
    clock: Clock;
    clients: Clients;
    signers: Signers;
    reportReaders: readonly ReportReader[];
    /** Addresses and networks whose X-Forwarded-For is believed. */
    trustedProxies: readonly string[];
    version: string;
  };

/** The listener that everybody may reach. */
export function createPublicApp(deps: PublicDeps): Hono {
  return createRouter(publicRoutes(deps), deps);
}

/** The whole route table on one screen. */
export function publicRoutes(deps: PublicDeps): Route[] {
  const auth = createClientAuth({
    clients: deps.clients,
    signers: deps.signers,
    source: createSource(deps.trustedProxies),
    throttle: createThrottle(deps.clock),
  });
  const api = { ...deps, auth };
  const report = { path: "/reports/:provider/:token", handle: receiveReports(deps) };
  const openapi = once(() => createOpenApi(deps));
  const openapiJson = once(() => JSON.stringify(openapi()));
  return [
    { method: "POST", path: "/v1/deliveries", handle: postDelivery(api), intake: true },
    { method: "GET", path: "/v1/deliveries/:id", handle: getDelivery(api) },
    { method: "DELETE", path: "/v1/deliveries/:id", handle: deleteDelivery(api) },
    { method: "POST", path: "/v1/deliveries/:id/resend", handle: postResend(api) },
    { method: "POST", path: "/v1/deliveries/:id/outcome", handle: postOutcome(api) },
    { method: "POST", path: "/v1/outcomes", handle: postOutcomeByNumber(api) },
    { method: "POST", path: "/v1/refusals", handle: postRefusals(api) },
    ...frontEndRoutes(FRONT_ENDS, api),
    { method: "GET", ...report, acts: true },
    { method: "POST", ...report },
    { method: "GET", path: "/livez", handle: livez() },
    { method: "GET", path: "/readyz", handle: readyz(deps) },
    { method: "GET", path: "/openapi.json", handle: () => raw(200, openapiJson(), "application/json") },
    { method: "GET", path: "/docs", handle: () => docsPage(openapi()) },
    { method: "GET", path: "/", handle: () => empty(302, { location: "/docs" }) },
  ];
}

/** Built at the first request for it: most processes are never asked, and it would slow every start. */
function once<T>(build: () => T): () => T {
  let built: { value: T } | undefined;
  return () => (built ??= { value: build() }).value;
}
