/**
 * Loaded by `node --import` into what run.mjs starts: when run.mjs is killed outright (kill -9, a closed
 * container shell) the program is asked to drain, or it would stay behind unseen with its port and lock.
 */
const LOOK_MS = 1_000;

const parent = process.ppid;
const look = setInterval(() => {
  if (process.ppid === parent) return;
  // Once: a second signal means "at once" to a program that drains.
  clearInterval(look);
  process.kill(process.pid, "SIGTERM");
}, LOOK_MS);
look.unref();
