import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The measuring side of a process under test: questions and answers over the channel that fork opens. */

export type Child = {
  /** Runs one of the role's actions there. @throws what the action threw, or when the process has ended */
  ask: <T>(action: string, input?: unknown) => Promise<T>;
  /** CPU time that it has used so far. */
  cpuUs: () => Promise<number>;
  close: () => Promise<void>;
};

export type Role = "full" | "floor" | "plain" | "twin";

type Answer = { id: number; value?: unknown; error?: string };

const END_WAIT_MS = 5_000;

/** @param profile folder for a CPU profile, written when the process ends */
export function startChild(role: Role, profile: string | undefined): Child {
  const file = fileURLToPath(new URL(`./roles/${role}.js`, import.meta.url));
  const execArgv = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  // Standard output is the bench's own; a log line of the service must not get between it and its reader.
  const child = fork(file, [], { execArgv, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const waiting = new Map<number, (answer: Answer) => void>();
  let nextId = 0;
  child.on("message", (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  child.on("exit", (code, signal) => {
    const error = `The process under test (${role}) ended: ${signal ?? `exit code ${code ?? "unknown"}`}`;
    for (const settle of waiting.values()) settle({ id: 0, error });
    waiting.clear();
  });
  const ask = async <T>(action: string, input?: unknown): Promise<T> => {
    const answer = await new Promise<Answer>((resolve) => {
      const id = nextId++;
      if (!child.connected) return resolve({ id, error: `The process under test (${role}) has ended` });
      waiting.set(id, resolve);
      child.send({ id, action, input });
    });
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value as T;
  };
  return { ask, cpuUs: () => ask<number>("cpu"), close: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  // Losing the channel tells the child to leave; see role.ts.
  if (child.connected) child.disconnect();
  const kill = setTimeout(() => child.kill("SIGKILL"), END_WAIT_MS);
  await ended;
  clearTimeout(kill);
}
