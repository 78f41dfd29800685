import { DEFAULT_RULES, type RecordReads } from "../core/rules.ts";
import type { Turns } from "../flows/turns-port.ts";

/** Turns of this process alone, for whoever runs without workers beside it. */
export function localTurns(reads: RecordReads = DEFAULT_RULES.recordReads): Turns {
  let freeAt = 0;
  return {
    ...reads,
    take: async () => {
      const now = performance.now();
      const waitMs = Math.max(0, freeAt - now);
      if (waitMs > reads.withinMs) return undefined;
      freeAt = now + waitMs + reads.everyMs;
      return waitMs;
    },
    leave: async () => {},
    left: async () => undefined,
  };
}
