import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/**
 * What tells a living process apart from a later one that got the same pid: its start time, on Linux in clock
 * ticks together with the boot it belongs to, elsewhere to the second as `ps` prints it.
 * @returns undefined when no such process lives; a zombie does not.
 * Source: proc(5), /proc/pid/stat, fields 3 (state) and 22 (starttime).
 */
export function processIdentity(pid: number): string | undefined {
  return existsSync("/proc/self/stat") ? fromProc(pid) : fromPs(pid);
}

/** Whether that very process still lives. */
export function isSameProcess(pid: number, identity: string | undefined): boolean {
  return identity !== undefined && processIdentity(pid) === identity;
}

/** No such process, or one that ended while we looked, both read as an error: neither lives. */
function fromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may itself hold spaces and parentheses, so the fields count from the last one.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === undefined || startTicks === undefined || state === "Z" || state === "X") return undefined;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${startTicks}`;
  } catch {
    return undefined;
  }
}

/** Two -o, for BSD's ps takes all that follows the first = for a heading. Source: ps(1) of macOS. */
function fromPs(pid: number): string | undefined {
  try {
    const env = { PATH: process.env["PATH"] ?? "/bin:/usr/bin", LC_ALL: "C" };
    const line = execFileSync("ps", ["-o", "stat=", "-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    const [state = "Z", ...started] = line.split(/\s+/);
    return state.startsWith("Z") ? undefined : started.join(" ");
  } catch {
    return undefined;
  }
}
