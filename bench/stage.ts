import { type Child, type Role, startChild } from "./child.ts";
import type { Progress } from "./progress.ts";
import type { BenchRedis } from "./redis.ts";

/** What every bench is given: a Redis, and processes that end with the stage. */
export type Stage = {
  redis: BenchRedis;
  say: Progress;
  start: (role: Role) => Child;
  /** Ends the processes, not Redis. */
  clear: () => Promise<void>;
};

export function createStage(redis: BenchRedis, say: Progress, profile: string | undefined): Stage {
  let children: Child[] = [];
  return {
    redis,
    say,
    start: (role) => {
      const child = startChild(role, profile);
      children.push(child);
      return child;
    },
    clear: async () => {
      const ending = children;
      children = [];
      await Promise.all(ending.map((child) => child.close()));
      await redis.client.flushall("SYNC");
    },
  };
}
