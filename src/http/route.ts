import { type Context, Hono } from "hono";
import { getPath } from "hono/utils/url";
import type { Clock } from "../flows/ports.ts";
import { empty } from "./answer.ts";
import { ApiError, problemResponse, type Refusal, refusalOf } from "./problem.ts";

/** What a handler found out about its request, for the log line that follows the answer. */
export type Trace = {
  requestId: string;
  clientId?: string | undefined;
  deliveryId?: string | undefined;
  /** Front end that was asked. */
  door?: string | undefined;
  /** False where the address takes deliveries and this request asked for something else. */
  intake?: boolean | undefined;
  /** Our stable word for the answer where it is not the problem's own. */
  code?: string | undefined;
};

export type Route = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  handle: (c: Context, trace: Trace) => Response | Promise<Response>;
  /** How this route writes a refusal; problem details when absent. */
  refuse?: (refusal: Refusal, trace: Trace, c: Context) => Response;
  /** A GET that does something or never ends: HEAD, which people and link checkers send freely, must not reach it. */
  acts?: true;
  /** Requests that ask for a delivery. */
  intake?: true;
};

/** One answered request, without its URL, query, headers or body. */
export type AnsweredRequest = Trace & {
  method: string;
  /** The pattern of the route, never the path itself: that may hold a token or an id. */
  route: string;
  status: number;
  code: string;
  tookMs: number;
  intake: boolean;
};

export type RouteDeps = {
  clock: Pick<Clock, "elapsed">;
  /** Jitter in [0, 1). */
  fraction: () => number;
  requestId: () => string;
  onRequest: (request: AnsweredRequest) => void;
  /** An error that became a 500. */
  onFault: (error: unknown, trace: Trace) => void;
  /** How a path that no route took is refused; problem details when absent. */
  refuseUnknown?: Route["refuse"];
};

/** One handler per route and no middleware: nothing runs in front of the intake that it does not need. */
export function createRouter(routes: readonly Route[], deps: RouteDeps): Hono {
  const app = new Hono({ getPath: tolerantPath });
  for (const route of routes) app.on(route.method, route.path, answering(route, deps));
  const refuse = deps.refuseUnknown ? { refuse: deps.refuseUnknown } : {};
  const unknown: Route = { method: "GET", path: "(none)", handle: elsewhere(routes), ...refuse };
  app.notFound(answering(unknown, deps));
  return app;
}

/** Exactly one call of `onRequest` for each answer, whatever the handler did. */
function answering(route: Route, deps: RouteDeps): (c: Context) => Promise<Response> {
  return async (c) => {
    const startedAt = deps.clock.elapsed();
    const trace: Trace = {
      requestId: deps.requestId(),
      clientId: undefined,
      deliveryId: undefined,
      door: undefined,
      intake: undefined,
      code: undefined,
    };
    const { response, code } = await answer(route, c, trace, deps);
    deps.onRequest({
      requestId: trace.requestId,
      clientId: trace.clientId,
      deliveryId: trace.deliveryId,
      door: trace.door,
      method: KNOWN_METHODS.has(c.req.method) ? c.req.method : "other",
      route: route.path,
      status: response.status,
      code,
      tookMs: Math.round((deps.clock.elapsed() - startedAt) * 100) / 100,
      intake: route.intake === true && trace.intake !== false,
    });
    return response;
  };
}

/** Anything else a caller makes up would become a label and a log value of its choice. */
const KNOWN_METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** The one place where what was thrown becomes an answer. */
async function answer(route: Route, c: Context, trace: Trace, deps: RouteDeps) {
  try {
    if (c.req.method === "HEAD" && route.acts) throw methodNotAllowed([route.method]);
    const response = await route.handle(c, trace);
    return { response, code: trace.code ?? "ok" };
  } catch (error) {
    const refusal = refusalOf(error, deps.fraction);
    if (refusal.code === "internal_error") deps.onFault(error, trace);
    const response = route.refuse?.(refusal, trace, c) ?? problemResponse(refusal, trace.requestId);
    return { response, code: refusal.code };
  }
}

/** What is asked of a path that no route took: another method, or nothing at all. */
function elsewhere(routes: readonly Route[]): Route["handle"] {
  const table = routes.map(({ method, path, acts }) => ({
    pattern: patternOf(path),
    methods: method === "GET" && !acts ? ["GET", "HEAD"] : [method],
  }));
  return (c) => {
    const path = tolerantPath(c.req.raw);
    const methods = new Set(table.filter((r) => r.pattern.test(path)).flatMap((r) => r.methods));
    if (methods.size === 0) throw new ApiError("not_found", "There is nothing at this address.");
    if (c.req.method === "OPTIONS") return empty(204, { allow: [...methods, "OPTIONS"].join(", ") });
    throw methodNotAllowed([...methods]);
  };
}

/** A last parameter `:name{.+}` takes slashes as well. */
function patternOf(path: string): RegExp {
  const segments = path.split("/").map((segment) => {
    if (!segment.startsWith(":")) return segment.replaceAll(".", "\\.");
    return segment.endsWith("{.+}") ? ".+" : "[^/]+";
  });
  return new RegExp(`^${segments.join("/")}$`);
}

function methodNotAllowed(methods: string[]): ApiError {
  return new ApiError("method_not_allowed", `This address takes ${methods.join(" and ")} only.`, {
    headers: { allow: methods.join(", ") },
  });
}

/** Where front ends are; `/api/` is seven's, for its clients that let only the host be chosen. */
const FRONT_ENDS = /^\/(compat|api)\//;

/**
 * The drivers of Nextcloud join base address and path as they are, so doubled and trailing slashes have to
 * be taken there. Source: nextcloud/twofactor_gateway, playSMS driver.
 */
export function tolerantPath(request: Request): string {
  const path = getPath(request);
  if (!path.includes("/compat/") && !path.includes("/api/")) return path;
  const single = path.replaceAll(/\/{2,}/g, "/");
  return FRONT_ENDS.test(single) ? single.replace(/\/$/, "") : path;
}
