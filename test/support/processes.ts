import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface TestProcess {
  pid: number;
  stdout: () => string;
  stderr: () => string;
  /** The first line, past or future, of either output that matches. Rejects with all output when the process ends without it. */
  waitForLine: (pattern: RegExp | string, options?: { timeoutMs?: number }) => Promise<string>;
  kill: (signal?: NodeJS.Signals) => void;
  exited: Promise<Exit>;
}

export interface StartOptions {
  /** Added to PATH, HOME and TMPDIR; nothing else of our environment is handed on. */
  env?: Record<string, string>;
  /** Default: the project's directory. */
  cwd?: string;
}

const live = new Set<TestProcess>();

/** Starts `node ...args`, for instance `["dist/src/cli/main.js", "up"]`. */
export async function startProcess(
  args: string[],
  { env = {}, cwd = ROOT }: StartOptions = {},
): Promise<TestProcess> {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...inherited(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      output[name] += chunk;
    });
  }
  const exited = once(child, "close").then(([code, signal]): Exit => ({ code, signal }));
  await once(child, "spawn");
  const started: TestProcess = {
    pid: child.pid!,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    waitForLine: (pattern, { timeoutMs = 15_000 } = {}) =>
      waitForLine(started, pattern, AbortSignal.timeout(timeoutMs), [child.stdout, child.stderr]),
    kill: (signal = "SIGTERM") => void child.kill(signal),
    exited,
  };
  live.add(started);
  void exited.then(() => live.delete(started));
  return started;
}

/** For an afterEach: kills what a test left running. @returns the pids, which should be none. */
export async function endLeftovers(): Promise<number[]> {
  const left = [...live];
  for (const leftover of left) leftover.kill("SIGKILL");
  await Promise.all(left.map(({ exited }) => exited));
  return left.map(({ pid }) => pid);
}

async function waitForLine(
  started: TestProcess,
  pattern: RegExp | string,
  signal: AbortSignal,
  streams: NodeJS.ReadableStream[],
): Promise<string> {
  let ended = false;
  void started.exited.then(() => {
    ended = true;
  });
  for (;;) {
    const line = lines(started).find((one) =>
      typeof pattern === "string" ? one.includes(pattern) : pattern.test(one),
    );
    if (line !== undefined) return line;
    if (ended || signal.aborted) {
      const why = ended ? "the process ended" : "the time is over";
      throw new Error(
        `No line matched ${String(pattern)}: ${why}.\n${started.stdout()}\n${started.stderr()}`,
      );
    }
    await nextOutput(started, streams, signal);
  }
}

function lines(started: TestProcess): string[] {
  return `${started.stdout()}\n${started.stderr()}`.split("\n");
}

async function nextOutput(
  started: TestProcess,
  streams: NodeJS.ReadableStream[],
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  try {
    await Promise.race([
      started.exited,
      ...streams.map((stream) => once(stream, "data", { signal: either })),
    ]);
  } catch {
    // The time is over; the caller says so with all that was printed.
  } finally {
    done.abort();
  }
}

function inherited(): Record<string, string> {
  const { PATH, HOME, TMPDIR } = process.env;
  return Object.fromEntries(
    Object.entries({ PATH, HOME, TMPDIR }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
