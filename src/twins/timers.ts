/** Longest wait a Node timer can hold; reports further away than that are never reached. */
const LONGEST_MS = 2 ** 31 - 1;

/** Timers that end with their owner, so that a closed twin leaves nothing running. */
export type Timers = ReturnType<typeof createTimers>;

export function createTimers() {
  const running = new Set<NodeJS.Timeout>();
  let closed = false;
  return {
    after: (ms: number, run: () => void) => {
      // A report on its way while the twin closes must not plan its next try.
      if (closed) return;
      const timer = setTimeout(
        () => {
          running.delete(timer);
          run();
        },
        Math.min(ms, LONGEST_MS),
      );
      running.add(timer);
    },
    close: () => {
      closed = true;
      for (const timer of running) clearTimeout(timer);
      running.clear();
    },
  };
}
