import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { eventually } from "./eventually.ts";

export type DebianServer = { end: () => Promise<void> };

/** Runs a server program of Debian in the foreground until its port answers. It ends with the test. */
export async function startDebianServer(
  program: string,
  args: readonly string[],
  { port, packages, env = {} }: { port: number; packages: string; env?: Record<string, string> },
): Promise<DebianServer> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const missing = once(child, "error").then(() => {
    throw new Error(`${program} is missing: apt-get install ${packages}`);
  });
  const exited = once(child, "exit");
  await Promise.race([
    eventually(() => answers(port), { timeoutMs: 10_000 }),
    missing,
    exited.then(() => {
      throw new Error(`${program} ended: ${said}`);
    }),
  ]);
  return {
    end: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

async function answers(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
}
