import { StoreUnavailable } from "../flows/ports.ts";

/** Replies that say "not now" rather than "you are wrong". Source: redis.io error replies; MISCONF = AOF disk. */
const NOT_NOW =
  /^(OOM|MISCONF|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|NOAUTH|WRONGPASS|UNBLOCKED)\b/;

/**
 * Runs a command and turns "Redis cannot be reached or will not write" into StoreUnavailable. An error reply
 * to a wrong command is a bug and passes through.
 */
export async function reachable<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    if (error instanceof Error && isBug(error)) throw error;
    throw new StoreUnavailable("Redis is not reachable or refuses to write", { cause: error });
  }
}

function isBug(error: Error): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  return error.name === "ReplyError" && !NOT_NOW.test(error.message);
}
