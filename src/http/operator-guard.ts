import type { Context } from "hono";
import { type AuditEntry, mayDo, type NewAuditEntry, type Operator, type Role } from "../core/operator.ts";
import { empty } from "./answer.ts";
import { forbiddenPage, refusalPage, wantsPage } from "./console/refusal.tsx";
import type { Identity } from "./operator-identity.ts";
import { ApiError, problemResponse, type Refusal } from "./problem.ts";
import type { Route, Trace } from "./route.ts";
import { requireSameOrigin } from "./same-origin.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Who asks; set on every route that names a role. */
    operator: Operator;
  }
}

/** What a handler is given besides the request. */
export type Asked = {
  operator: Operator;
  trace: Trace;
  /** Notes one change. Never throws: what was done stays done. */
  audit: (action: string, more?: Pick<AuditEntry, "target" | "detail">) => Promise<void>;
  /** Whether the operator may still be here; for answers that take long. */
  holds: () => Promise<boolean>;
};

/** A row of the operator listener's table. */
export type OperatorRow = Omit<Route, "handle" | "refuse"> &
  (
    | { role: "open"; handle: Route["handle"] }
    | {
        /** Who may; everybody with more rights may too. */
        role: Role;
        handle: (c: Context, asked: Asked) => Response | Promise<Response>;
        /** Another method than GET that changes nothing, so that nothing goes into the audit. */
        reads?: true;
      }
  );

export type GuardDeps = {
  identity: Identity;
  operatorUrl: string | undefined;
  /** Must not throw. */
  audit: (entry: NewAuditEntry) => Promise<void>;
};

/** A row as a route: known who asks, allowed, from our own page, and every change noted. */
export function guarded(row: OperatorRow, deps: GuardDeps): Route {
  if (row.role === "open") return { ...row, refuse: refused };
  const { handle } = row;
  return {
    ...row,
    refuse: refused,
    handle: async (c, trace) => {
      const admitted = await admit(c, row.role, deps);
      if ("refusal" in admitted) return answered(admitted, trace);
      const { asked, noted } = note(c, admitted.operator, trace, deps);
      const response = await handle(c, asked);
      const isChange = c.req.method !== "GET" && c.req.method !== "HEAD" && row.reads !== true;
      // The net below handlers that say more: no change goes unnoted.
      if (isChange && response.status < 400 && noted() === 0) await asked.audit(`${row.method} ${row.path}`);
      return response;
    },
  };
}

type Admitted = { operator: Operator } | { refusal: Response; code: string };

/** @throws ApiError unauthorized, forbidden_role, forbidden_origin, for tools; people get a page that says so */
export async function admit(c: Context, role: Role, deps: GuardDeps): Promise<Admitted> {
  const found = await deps.identity.of(c);
  if (!found) {
    if (wantsPage(c)) return { refusal: empty(303, { location: loginAddress(c) }), code: "unauthorized" };
    throw unauthorized();
  }
  c.set("operator", found.operator);
  if (!mayDo(found.operator.role, role)) {
    if (wantsPage(c)) return { refusal: forbiddenPage(c, role), code: "forbidden_role" };
    throw new ApiError("forbidden_role", `This needs the role ${role}; yours is ${found.operator.role}.`);
  }
  const isChange = c.req.method !== "GET" && c.req.method !== "HEAD";
  if (found.byCookie && isChange) requireSameOrigin(c, deps.operatorUrl);
  return { operator: found.operator };
}

function answered({ refusal, code }: { refusal: Response; code: string }, trace: Trace): Response {
  trace.code = code;
  return refusal;
}

function note(c: Context, operator: Operator, trace: Trace, deps: GuardDeps) {
  let entries = 0;
  const audit: Asked["audit"] = async (action, more = {}) => {
    entries += 1;
    await deps.audit({ who: operator.name, role: operator.role, action, ...more });
  };
  const holds = async () => (await deps.identity.of(c)) !== undefined;
  return { asked: { operator, trace, audit, holds }, noted: () => entries };
}

/** After the login the page that was wanted; never an address of somebody else's. */
function loginAddress(c: Context): string {
  const { pathname, search } = new URL(c.req.url);
  const wanted = c.req.method === "GET" ? `${pathname}${search}` : "/";
  return wanted === "/" ? "/login" : `/login?to=${encodeURIComponent(wanted)}`;
}

export function unauthorized(): ApiError {
  return new ApiError("unauthorized", "Send Authorization: Bearer with a token of an operator, or log in.", {
    headers: { "www-authenticate": 'Bearer realm="otpost operator"' },
  });
}

/** People get a page, tools problem details. */
export function refused(refusal: Refusal, trace: Trace, c: Context): Response {
  return wantsPage(c) ? refusalPage(c, refusal) : problemResponse(refusal, trace.requestId);
}
