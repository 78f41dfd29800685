import { randomUUID } from "node:crypto";
import type { ApiDeps } from "./api.ts";
import type { Base } from "./compose.ts";
import type { Connected } from "./connect.ts";
import { BREAK_GLASS, type NewAuditEntry } from "./core/operator.ts";
import { breakGlassUsed } from "./flows/alerts.ts";
import type { OperatorDeps } from "./http/operator-app.tsx";
import { createOidcSignOn } from "./identity/oidc.ts";
import { oidcSettingsOf } from "./oidc-settings.ts";
import { systemClock } from "./platform/clock.ts";
import type { Metrics } from "./platform/metrics.ts";
import { createAudit } from "./redis/audit.ts";
import { createOperatorAdmin, createOperators } from "./redis/operators.ts";

/** A tool that calls every few seconds is noted once in a while. */
const BEARER_QUIET_MS = 10 * 60_000;
/** A broken page, or somebody with too much time, must not fill the log. */
const CSP_LOG_EVERY_MS = 1_000;

type People = Pick<
  OperatorDeps,
  "tokens" | "signOn" | "onBreakGlass" | "audit" | "operators" | "onCspReport"
>;

/** Who operators are, and what is noted of them, for the listener of one process. */
export function operatorPeople(
  { config, logger }: Pick<ApiDeps, "config" | "logger">,
  metrics: Pick<Metrics, "cspReported">,
  { keys }: Base,
  { client, alerts }: Connected,
): People {
  const stored = { client, keys, now: systemClock.now, elapsed: systemClock.elapsed };
  const audit = createAudit(stored);
  /** Never throws: the log has what Redis could not take. */
  const record = async (entry: NewAuditEntry) => {
    const { who, action, target } = entry;
    logger.info("audit.recorded", { what: action, detail: target, reason: who });
    await audit.record(entry).catch(() => logger.warn("audit.lost", { what: action, reason: who }));
  };
  const oidc = oidcSettingsOf(config);
  return {
    tokens: createOperators(stored),
    signOn: oidc && createOidcSignOn(oidc, systemClock.elapsed),
    operators: createOperatorAdmin(stored),
    audit: { ...audit, record },
    onBreakGlass: breakGlass(record, alerts),
    onCspReport: onceIn(CSP_LOG_EVERY_MS, metrics.cspReported, ({ directive, blocked }) =>
      logger.warn("csp.violated", { what: directive, detail: blocked }),
    ),
  };
}

type Use = Parameters<People["onBreakGlass"]>[0];

function breakGlass(
  record: (entry: NewAuditEntry) => Promise<void>,
  alerts: Connected["alerts"],
): People["onBreakGlass"] {
  let bearerAt = Number.NEGATIVE_INFINITY;
  return ({ how, from }: Use) => {
    const at = systemClock.now();
    if (how === "bearer") {
      if (at - bearerAt < BEARER_QUIET_MS) return;
      bearerAt = at;
      // A login notes itself.
      void record({ who: BREAK_GLASS, role: "admin", action: "operator.bearer", detail: { from } });
    }
    alerts.raise(breakGlassUsed({ how, from, id: randomUUID() }, at));
  };
}

/** Every report is counted, and one in a while is written. */
function onceIn(
  everyMs: number,
  count: (directive: string) => void,
  write: People["onCspReport"],
): People["onCspReport"] {
  let writtenAt = Number.NEGATIVE_INFINITY;
  return (report) => {
    count(report.directive);
    const now = systemClock.elapsed();
    if (now - writtenAt < everyMs) return;
    writtenAt = now;
    write(report);
  };
}
