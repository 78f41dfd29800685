import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { endLeftovers, startProcess } from "./processes.ts";
import type { Exit, TestProcess } from "./processes.ts";

export const CLI = "dist/src/cli/main.js";
/** Of this test file alone: another run on the machine has its own servers, which are none of our business. */
const DIR_PREFIX = join(tmpdir(), `otpost-e2e-${process.pid}-`);

/** The line that `up --json` prints. */
export type Ready = {
  publicUrl: string;
  operatorUrl: string;
  clientId: string;
  apiKey: string;
  operatorToken: string;
  reportUrls: Record<string, string>;
  dataDir: string;
  twins: { seven: string; telegramGateway: string; gatewayapi: string } | null;
  redis: string;
};

export type Service = { process: TestProcess; ready: Ready; end: (signal?: NodeJS.Signals) => Promise<Exit> };

type Env = Record<string, string>;

const closers: (() => unknown)[] = [];

export function closeLater(close: () => unknown): void {
  closers.push(close);
}

/** For an afterEach: what was started last ends first. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

export function freshDir(): string {
  const dir = mkdtempSync(DIR_PREFIX);
  closeLater(async () => {
    for (const pid of redisIn(dir)) process.kill(pid, "SIGKILL");
    await eventually(() => {
      if (redisIn(dir).length > 0) throw new Error("Redis is still there");
    });
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

/** Runs a verb of the built program. The next closeAll kills it if it still runs. */
export async function runCli(args: readonly string[], env: Env = {}): Promise<TestProcess> {
  const started = await startProcess([CLI, ...args], { env: { LOG_FORMAT: "json", ...env } });
  closeLater(async () => {
    started.kill("SIGKILL");
    await started.exited;
  });
  return started;
}

/** For verbs that end by themselves. */
export async function outputOf(args: readonly string[], env: Env = {}) {
  const started = await runCli(args, env);
  const { code } = await started.exited;
  return { code, stdout: started.stdout(), stderr: started.stderr() };
}

export async function startUp(env: Env & { DATA_DIR: string }): Promise<Service> {
  const started = await runCli(["up", "--json"], { PORT: "0", OPERATOR_PORT: "0", ...env });
  const ready = JSON.parse(await started.waitForLine(/^\{"publicUrl"/, { timeoutMs: 40_000 })) as Ready;
  return { process: started, ready, end: (signal) => end(started, signal) };
}

/** `serve` or `work`, ready when its operator listener says so. */
export async function startRole(
  verb: "serve" | "work",
  env: Env & { OPERATOR_PORT: string },
): Promise<TestProcess> {
  const started = await runCli([verb], env);
  await started.waitForLine(`${verb}.started`, { timeoutMs: 30_000 });
  return started;
}

export async function end(started: TestProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<Exit> {
  started.kill(signal);
  return started.exited;
}

/** pids of Redis servers that work below a directory; all temporary ones of these tests by default. */
export function redisIn(dir: string = DIR_PREFIX): number[] {
  return readdirSync("/proc").flatMap((pid) =>
    /^\d+$/.test(pid) && isRedisIn(pid, dir) ? [Number(pid)] : [],
  );
}

function isRedisIn(pid: string, dir: string): boolean {
  try {
    const works = readlinkSync(`/proc/${pid}/cwd`).startsWith(dir);
    return works && /redis-server|valkey-server/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  } catch {
    return false;
  }
}

/** For an afterAll: nothing of a file outlives it. Whatever did is ended, and named. */
export async function leftovers(): Promise<{ processes: number[]; redis: number[]; dirs: string[] }> {
  const processes = await endLeftovers();
  const redis = redisIn();
  for (const pid of redis) process.kill(pid, "SIGKILL");
  const dirs = readdirSync(tmpdir()).filter((name) => join(tmpdir(), name).startsWith(DIR_PREFIX));
  return {
    processes,
    redis,
    dirs: dirs.filter((name) => existsSync(join(tmpdir(), name, "redis-state.json"))),
  };
}

export const NOTHING_LEFT = { processes: [], redis: [], dirs: [] };
