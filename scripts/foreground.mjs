import { spawn } from "node:child_process";
import { constants } from "node:os";
import { ROOT } from "./files.mjs";

/** One Ctrl-C arrives up to three times: from the terminal, from npm, and from whoever runs npm. */
const REPEAT_MS = 1_000;
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs Node with these arguments in the foreground, until it ends by itself.
 * It has a process group of its own, so a Ctrl-C reaches it once, through us, and it can drain in peace;
 * a second one after REPEAT_MS is passed on as well. tether.mjs ends it should we be killed.
 * @returns its exit code, 128 + n after signal n.
 */
export function runInForeground(args) {
  const tether = new URL("./tether.mjs", import.meta.url).href;
  const child = spawn(process.execPath, ["--import", tether, ...args], {
    cwd: ROOT,
    stdio: "inherit",
    detached: true,
  });
  const stopForwarding = forwardSignals(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      stopForwarding();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

function forwardSignals(child) {
  let lastAt = Number.NEGATIVE_INFINITY;
  const forward = (signal) => {
    const now = performance.now();
    if (now - lastAt < REPEAT_MS) return;
    lastAt = now;
    child.kill(signal === "SIGHUP" ? "SIGTERM" : signal);
  };
  // The terminal tells only its foreground group of a new size, and the child is in none.
  const resize = () => child.kill("SIGWINCH");
  for (const signal of FORWARDED) process.on(signal, forward);
  process.on("SIGWINCH", resize);
  return () => {
    for (const signal of FORWARDED) process.off(signal, forward);
    process.off("SIGWINCH", resize);
  };
}
