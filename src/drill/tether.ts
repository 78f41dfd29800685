/**
 * Loaded by `node --import` into every process of a drill: one whose drill was killed outright ends in order
 * instead of staying behind with its port and its Redis.
 */
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
// A listener alone would keep a process alive that has nothing left to do.
process.channel?.unref();
