import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** A process of the drill: another part of otpost, or the load. */
export type Child = {
  process: ChildProcess;
  /** The first line on standard output that begins like this. @throws with its last words if the process ends before */
  line: (start: string) => Promise<string>;
  exited: Promise<number | null>;
  /** SIGTERM, and SIGKILL for what has not ended within the drain time. */
  end: () => Promise<void>;
};

/** Gets what ends a process, before anybody waits for it: an interrupt may come while it starts. */
export type OnStart = (end: () => Promise<void>) => void;

/** Above the 19 s within which the service ends by itself. */
const END_MS = 22_000;
const SAID_LINES = 5;

export type ChildOptions = {
  cwd: string;
  env?: Record<string, string>;
  /** Gets standard error. */
  log: string;
  /** Gets standard output as well, which then cannot be read by `line`. */
  logsToStdout?: boolean;
};

/** @param args file and arguments for Node, see `moduleFile` */
export function startChild(
  args: readonly string[],
  { cwd, env = {}, log, logsToStdout = false }: ChildOptions,
): Child {
  const logFile = openSync(log, "a", 0o600);
  const child = spawn(process.execPath, [...loaders(), "--import", moduleUrl("./tether").href, ...args], {
    // Without a .env of the user's: a drill must never meet a real provider.
    cwd,
    env: { ...inherited(), ...env },
    // A group of its own, so that Ctrl-C comes once, through us, and not while it drains.
    detached: true,
    stdio: ["ignore", logsToStdout ? logFile : "pipe", logFile, "ipc"],
  });
  closeSync(logFile);
  const exited = new Promise<number | null>((resolve) => {
    child.once("close", resolve);
    child.once("error", () => resolve(null));
  });
  const lines = createLines(child, exited, log);
  return { process: child, line: lines, exited, end: () => end(child, exited) };
}

function createLines(child: ChildProcess, exited: Promise<unknown>, log: string) {
  let output = "";
  let over = false;
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  void exited.then(() => {
    over = true;
  });
  return async (start: string): Promise<string> => {
    for (;;) {
      const found = output
        .split("\n")
        .slice(0, -1)
        .find((one) => one.startsWith(start));
      if (found !== undefined) return found;
      if (over) throw endedEarly(log);
      if (child.stdout) await Promise.race([once(child.stdout, "data"), exited]);
    }
  };
}

/** The directory with the log goes with the drill, so the message has to bring its end along. */
export function endedEarly(log: string): Error {
  const said = readFileSync(log, "utf8").trim().split("\n").slice(-SAID_LINES);
  return new Error(["A process of the drill ended before its time. It said last:", ...said].join("\n  "));
}

async function end(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), END_MS);
  await exited;
  clearTimeout(kill);
}

/** The built file in dist/, or the source where the drill itself runs from source. @param path without extension */
export function moduleUrl(path: string): URL {
  return new URL(path + extname(new URL(import.meta.url).pathname), import.meta.url);
}

export const moduleFile = (path: string): string => fileURLToPath(moduleUrl(path));

/** From source Node needs the loader that we run with; the built program needs nothing. */
function loaders(): string[] {
  return extname(moduleFile("./child")) === ".ts" ? process.execArgv : [];
}

/** Nothing else of the environment is handed on: settings of a real installation have no place in a drill. */
function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
