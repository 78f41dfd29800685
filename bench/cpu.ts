import type { Child } from "./child.ts";
import type { Figures } from "./figures.ts";
import { redisCpuUs } from "./redis.ts";
import type { Stage } from "./stage.ts";

/**
 * CPU time of the process under test and of Redis while something ran. Unlike a rate it does not care how busy
 * the machine is with something else.
 */
export async function metered<T>(
  { redis }: Stage,
  child: Child,
  run: () => Promise<T>,
): Promise<{ value: T; cpu: (operations: number) => Figures }> {
  const read = () => Promise.all([child.cpuUs(), redisCpuUs(redis.client)]);
  const [own, redisOwn] = await read();
  const value = await run();
  const [after, redisAfter] = await read();
  const cpu = (operations: number) => ({
    "process CPU us": (after - own) / operations,
    "Redis CPU us": (redisAfter - redisOwn) / operations,
  });
  return { value, cpu };
}
