import { type Clock, StoreUnavailable } from "../flows/ports.ts";

/**
 * One deadline for everything of a request that waits for the store. The store's own command timeout is
 * 1.0 s and there may be several commands, so without it two slow ones would pass the promised 1.2 s.
 */
const STORE_BUDGET_MS = 1_100;

export type Budget = {
  /** @throws StoreUnavailable when the time that is left runs out first; the work itself is not stopped */
  spend: <T>(work: Promise<T>) => Promise<T>;
};

/** Time between two calls of `spend`, such as reading a slow caller's body, costs nothing. */
export function createBudget(clock: Pick<Clock, "elapsed">, totalMs = STORE_BUDGET_MS): Budget {
  let leftMs = totalMs;
  return {
    spend: async (work) => {
      const startedAt = clock.elapsed();
      try {
        return await within(work, leftMs);
      } finally {
        leftMs = Math.max(0, leftMs - (clock.elapsed() - startedAt));
      }
    },
  };
}

/** Whole ms: Node keeps a list for each length of a timer, and fractions would make one for every request. */
function within<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new StoreUnavailable("No answer from the store in time"));
    const timer = setTimeout(late, Math.ceil(ms));
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error("The store failed", { cause: error }));
      },
    );
  });
}
