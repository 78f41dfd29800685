import { randomBytes } from "node:crypto";
import type { Figures } from "../flows/figures-port.ts";
import type { AddedBucket, FigureStore } from "./figure-store.ts";
import { createFigureSums } from "./figure-sums.ts";
import { orKnown } from "./patience.ts";

const FLUSH_MS = 1_000;
/** The last second of a process that ends in order. */
const LAST_MS = 1_000;

export type RunningFigures = Figures & {
  /** Tells what is left, for a second at most. */
  close: () => Promise<void>;
};

/**
 * Counts in memory and tells Redis once a second. A batch whose answer got lost is told again under its name and
 * counts once. What a killed process had not told is lost: a second, or as long as Redis was away.
 */
export function createFigureRecorder(store: Pick<FigureStore, "add">, now: () => number): RunningFigures {
  const sums = createFigureSums(now);
  let untold: { batch: string; buckets: AddedBucket[] } | undefined;
  let flushing: Promise<void> | undefined;

  async function flush(): Promise<void> {
    untold ??= nextBatch(sums.take());
    if (!untold) return;
    await store.add(untold.batch, untold.buckets);
    untold = undefined;
  }
  /** While Redis is away one round waits for it and no second one joins it. Its errors are told by its client. */
  const round = () => {
    flushing ??= flush()
      .catch(() => undefined)
      .finally(() => {
        flushing = undefined;
      });
    return flushing;
  };

  const timer = setInterval(() => void round(), FLUSH_MS);
  return {
    observe: sums.observe,
    close: async () => {
      clearInterval(timer);
      const rest = async () => {
        await round();
        await round();
      };
      await orKnown(rest(), undefined, LAST_MS);
    },
  };
}

function nextBatch(buckets: AddedBucket[]) {
  return buckets.length === 0 ? undefined : { batch: randomBytes(12).toString("base64url"), buckets };
}
