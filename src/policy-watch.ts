import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import type { Base } from "./compose.ts";
import type { Events } from "./flows/events.ts";
import { systemClock } from "./platform/clock.ts";
import type { Policy } from "./policy/ground.ts";
import { hashOf, type ReadPolicy, readPolicy } from "./policy/read.ts";
import { policyPath, policyText } from "./policy-file.ts";

/** A changed policy file takes force without a restart; one with faults leaves the old one in force. */

/** Editors write in several steps, or put another file in its place. */
const DEBOUNCE_MS = 150;
/** For file systems that tell nothing, such as network mounts and the links of a mounted ConfigMap. */
const POLL_MS = 2_000;

export type PolicyWatch = {
  /** Looks at the file now. */
  check: () => void;
  /** The first fault of the file as it stands; undefined while it is in force. */
  fault: () => string | undefined;
  close: () => void;
};

export type PolicyWatchDeps = Pick<Base, "config" | "live" | "logger"> & {
  events: Events;
  now: () => number;
};

/** Watches from now on, and looks at every SIGHUP. */
export function watchPolicy(deps: PolicyWatchDeps): PolicyWatch {
  const { config } = deps;
  let seen = config.policy.hash;
  let fault: string | undefined;
  const check = () => {
    const path = policyPath(config);
    if (path === undefined) return;
    const text = policyText(path);
    const hash = text === undefined ? "unreadable" : hashOf(text);
    if (hash === seen) return;
    seen = hash;
    const read = text === undefined ? { faults: [`${path} cannot be read`] } : readUsable(deps, path, text);
    fault = "faults" in read ? read.faults[0] : undefined;
    tell(deps, hash, read);
  };
  const soon = debounced(check);
  const onHangUp = () => check();
  // On a terminal it means that the window was closed.
  if (!process.stdout.isTTY) process.on("SIGHUP", onHangUp);
  const poll = setInterval(check, POLL_MS);
  const watcher = watched(policyPath(config), soon.call);
  return {
    check,
    fault: () => fault,
    close: () => {
      process.off("SIGHUP", onHangUp);
      clearInterval(poll);
      soon.cancel();
      watcher?.close();
    },
  };
}

/** For one process; what it finds shows in the readiness of its listeners. @returns what ends it */
export function startPolicyWatch(base: Base, events: Events): () => void {
  const started = watchPolicy({ ...base, events, now: systemClock.now });
  base.policyWatch = started;
  return started.close;
}

/** As at the start: routes that reach people must not all leave. */
function readUsable({ config }: PolicyWatchDeps, path: string, text: string): ReadPolicy {
  const read = readPolicy(text, { path, ground: config.ground });
  if ("faults" in read || isReal(read.policy) || !isReal(config.policy)) return read;
  return { faults: [`${path}:1:1 no route that reaches people is left in the default order`] };
}

function isReal({ order, rules }: Policy): boolean {
  return order.some((id) => rules.routes.get(id)?.channel !== "sandbox");
}

function tell({ live, logger, events, now }: PolicyWatchDeps, hash: string, read: ReadPolicy): void {
  const at = now();
  if ("faults" in read) {
    for (const detail of read.faults) logger.warn("policy.fault", { detail });
    const count = read.faults.length;
    events.record({ kind: "policy.reloaded", result: "refused", hash, faults: count, at });
    return;
  }
  for (const detail of read.policy.warnings) logger.warn("policy.warning", { detail });
  live.swap(read.policy);
  events.record({ kind: "policy.reloaded", result: "applied", hash, faults: 0, at });
}

function debounced(work: () => void): { call: () => void; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => clearTimeout(timer);
  return {
    cancel,
    call: () => {
      cancel();
      timer = setTimeout(work, DEBOUNCE_MS);
    },
  };
}

/** The directory, for a file that is replaced is another one. Where nothing can be watched, polling is left. */
function watched(path: string | undefined, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dirname(path ?? "."), onChange);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
