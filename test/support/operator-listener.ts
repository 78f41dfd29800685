import { createLiveStreams } from "../../src/http/console/live.ts";
import type { OperatorDeps } from "../../src/http/operator-app.tsx";
import type { RouteDesk } from "../../src/http/operator-routes.ts";
import type { NewAuditEntry, Role } from "../../src/core/operator.ts";
import { NO_READS } from "./read-ports.ts";
import { createMetrics } from "../../src/platform/metrics.ts";

export const TOKEN = "operator-t0ken";

const unused = async () => {
  throw new Error("not asked for here");
};

export const EMPTY_DESK: RouteDesk = {
  list: async () => [],
  instead: async () => [],
  say: unused,
  takeBack: unused,
};

/** Tokens `<name>.secret` for one operator of each role, who is called like the role. */
export function tokensFor(roles: Map<string, Role>): OperatorDeps["tokens"] {
  return {
    authenticate: async (name, secret) => {
      const role = roles.get(name);
      return role && secret === "secret" ? { role, tokenId: `of-${name}` } : undefined;
    },
    roleOf: async (name, tokenId) => (tokenId === `of-${name}` ? roles.get(name) : undefined),
  };
}

/** What the operator listener needs, with what it noted and told. */
export function operatorListener(now: () => number) {
  const noted: NewAuditEntry[] = [];
  const told: string[] = [];
  const roles = new Map<string, Role>([
    ["viewer", "viewer"],
    ["helpdesk", "helpdesk"],
    ["operator", "operator"],
    ["admin", "admin"],
  ]);
  const metrics = createMetrics({ version: "1.2.3" });
  metrics.close();
  const elapsed = () => performance.now();
  const live = createLiveStreams({ elapsed });
  const deps: OperatorDeps = {
    clock: { now, elapsed },
    operatorToken: TOKEN,
    operatorUrl: undefined,
    trustedProxies: [],
    tokens: tokensFor(roles),
    signOn: undefined,
    onBreakGlass: ({ how }) => void told.push(how),
    audit: { record: async (entry) => void noted.push(entry), newest: async () => [] },
    operators: { list: async () => [], add: unused, revoke: unused },
    live,
    onCspReport: ({ directive, blocked }) => void told.push(`${directive} ${blocked}`),
    registry: metrics.registry,
    queues: [],
    circuits: () => new Map(),
    desk: EMPTY_DESK,
    ...NO_READS,
    alerts: async () => [],
    reporting: () => new Map(),
    version: "1.2.3",
    readiness: async () => ({ ready: true, checks: {} }),
    fraction: () => 0,
    requestId: () => "t-1",
    onRequest: () => undefined,
    onFault: () => undefined,
  };
  return { deps, noted, told, roles };
}
