import type { Logger } from "../../platform/logger.ts";

/** What happened to the embedded server. None of it holds a secret. */
export type EmbeddedRedisEvent =
  | { kind: "started"; pid: number; adopted: boolean; address: string }
  /** It is reading its data; commands are refused until that is over. */
  | { kind: "loading"; pid: number }
  | { kind: "died"; pid: number; code: number | null; signal: NodeJS.Signals | null }
  /** `restarts` counts those in a row. */
  | { kind: "restarted"; pid: number; restarts: number }
  /** The error's message ends with the server's last words. */
  | { kind: "restart_failed"; restarts: number; retryInMs: number; error: Error }
  /** `killed`: it did not end by itself within the bound. */
  | { kind: "stopped"; killed: boolean };

export type EmbeddedRedisLog = Pick<Logger, "info" | "warn" | "error">;

/** Writes an event as `redis.<kind>`. */
export function logEvent(log: EmbeddedRedisLog, event: EmbeddedRedisEvent): void {
  const name = `redis.${event.kind}`;
  switch (event.kind) {
    case "started":
      log.info(name, { pid: event.pid, what: event.adopted ? "adopted" : "new", detail: event.address });
      return;
    case "loading":
      log.info(name, { pid: event.pid });
      return;
    case "died":
      log.warn(name, { pid: event.pid, reason: event.signal ?? `exit code ${event.code ?? "unknown"}` });
      return;
    case "restarted":
      log.warn(name, { pid: event.pid, count: event.restarts });
      return;
    case "restart_failed":
      log.error(name, event.error, { count: event.restarts, ...firstAndLast(event.error.message) });
      return;
    case "stopped":
      log.info(name, { what: event.killed ? "killed" : "ended" });
      return;
  }
}

/** The message quotes only Redis' own start-up log, so it may be logged: what failed, and the last word on it. */
function firstAndLast(message: string): { reason: string; detail: string } {
  const lines = message.trimEnd().split("\n");
  return { reason: lines[0] ?? "", detail: lines.at(-1) ?? "" };
}
