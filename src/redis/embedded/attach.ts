import { existsSync } from "node:fs";
import { connectionTo, type RedisConnection } from "./address.ts";
import { ensurePassword, prepareFiles, readState } from "./files.ts";

/** The Redis that another otpost runs in this data directory; undefined when none does. */
export function attachToEmbedded(dataDir: string): RedisConnection | undefined {
  if (!existsSync(dataDir)) return undefined;
  const files = prepareFiles(dataDir);
  const state = readState(files);
  return state && connectionTo(state.address, ensurePassword(files));
}
