import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { RedisBinary } from "./binary.ts";
import { renderConfig } from "./config-file.ts";
import type { RedisSettings } from "./config-file.ts";
import { writePrivate, writeState } from "./files.ts";
import type { ListenAddress, RedisFiles } from "./files.ts";
import { isSameProcess, processIdentity } from "./process-identity.ts";

/** How one server ended; both are null for an adopted one, whose exit status only its parent could read. */
export interface Death {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running server, ours or adopted. `died` never rejects. */
export interface RedisProcess {
  pid: number;
  died: Promise<Death>;
  isAlive: () => boolean;
  /** What it wrote to its log since it was launched; the password, should Redis ever quote it, is taken out. */
  words: () => string;
}

/** How often a process that is not our child is looked at. */
const WATCH_MS = 250;
/** A log that has grown to this is set aside at the next launch. Redis writes a few lines a day. */
const LOG_BYTES = 1_000_000;

/**
 * Launches the server. It gets a session of its own, so that a Ctrl-C at the terminal ends only us and Redis
 * lives until everything has drained, and an environment of its own, for ours holds keys.
 */
export function launch(binary: RedisBinary, settings: RedisSettings): RedisProcess {
  const { files, address, password } = settings;
  writePrivate(files.config, renderConfig(settings));
  // A server that was killed leaves its socket file; the caller has made sure that nobody listens there.
  rmSync(files.socket, { force: true });
  // The address is known to the next start even if we die before the pid is.
  writeState(files, { address });
  const logFrom = rotateLog(files.log);
  const server = spawnServer(binary.file, files.config, files.log);
  recordProcess(files, address, server.pid);
  return { ...server, words: () => logSince(files.log, logFrom).replaceAll(password, "[secret]") };
}

/** Leaves word for the next start. */
export function recordProcess(files: RedisFiles, address: ListenAddress, pid: number): void {
  const identity = processIdentity(pid);
  writeState(files, { address, pid, ...(identity === undefined ? {} : { identity }) });
}

function spawnServer(file: string, config: string, log: string): Omit<RedisProcess, "words"> {
  const out = openSync(log, "a", 0o600);
  try {
    const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C" };
    const child = spawn(file, [config], { detached: true, stdio: ["ignore", out, out], env });
    const died = new Promise<Death>((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
      child.once("error", () => resolve({ code: null, signal: null }));
    });
    if (child.pid === undefined) throw new Error(`${file} could not be started.`);
    return { pid: child.pid, died, isAlive: () => child.exitCode === null && child.signalCode === null };
  } finally {
    closeSync(out);
  }
}

/** A server that somebody else launched, watched by its pid. */
export function watchProcess(pid: number): RedisProcess {
  const identity = processIdentity(pid);
  const isAlive = (): boolean => isSameProcess(pid, identity);
  const died = (async (): Promise<Death> => {
    while (isAlive()) await sleep(WATCH_MS);
    return { code: null, signal: null };
  })();
  return { pid, died, isAlive, words: () => "" };
}

/** Asks the server to write everything out and end; after `waitMs` it is killed. @returns whether that was needed. */
export async function terminate(
  server: Pick<RedisProcess, "pid" | "isAlive">,
  waitMs: number,
): Promise<boolean> {
  sendSignal(server.pid, "SIGTERM");
  if (await isGoneWithin(server, waitMs)) return false;
  sendSignal(server.pid, "SIGKILL");
  // The kernel may hold a process in a disk write for a while, and its AOF must not be opened meanwhile.
  if (await isGoneWithin(server, KILL_WAIT_MS)) return true;
  throw new Error(`The Redis with pid ${server.pid} does not end, not even by SIGKILL.`);
}

const KILL_WAIT_MS = 10_000;
const GONE_POLL_MS = 20;

async function isGoneWithin(server: Pick<RedisProcess, "isAlive">, waitMs: number): Promise<boolean> {
  const until = performance.now() + waitMs;
  while (server.isAlive()) {
    if (performance.now() > until) return false;
    await sleep(GONE_POLL_MS);
  }
  return true;
}

/** A process that is gone already has what the signal asks for. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Keeps one older log. @returns the size to which the new server appends. */
function rotateLog(log: string): number {
  const bytes = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes < LOG_BYTES) return bytes;
  renameSync(log, `${log}.1`);
  return 0;
}

function logSince(log: string, from: number): string {
  try {
    return readFileSync(log).subarray(from).toString("utf8");
  } catch {
    return "";
  }
}
