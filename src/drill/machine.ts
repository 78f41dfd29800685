import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import { VERSION } from "../version.ts";

/** What figures depend on besides the service: one line, for people and for comparison. */
export function machineLine(): string {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const load = `load ${(loadavg()[0] ?? 0).toFixed(1)} before the start`;
  const parts = [
    `otpost ${VERSION} at ${commit()}`,
    `${cpus().length} x ${first?.model.trim() ?? "unknown"}`,
    memory,
    `${process.platform} ${release()}`,
    `Node ${process.versions.node}`,
    redis(),
  ];
  return [...parts, load].join(", ");
}

/** With a plus where tracked files differ from it. */
function commit(): string {
  const head = output("git", "rev-parse", "--short", "HEAD");
  if (head === undefined) return "no commit";
  return head + (output("git", "status", "--porcelain", "--untracked-files=no") === "" ? "" : "+");
}

function redis(): string {
  for (const name of ["redis-server", "valkey-server"]) {
    const version = /v=([\d.]+)/.exec(output(name, "--version") ?? "")?.[1];
    if (version !== undefined) return `${name} ${version}`;
  }
  return "no Redis";
}

function output(file: string, ...args: string[]): string | undefined {
  try {
    return execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}
