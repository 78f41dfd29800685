import { statfs } from "node:fs/promises";
import type { Environment } from "../../providers/provider.ts";
import type { Place } from "../dial.ts";
import { createDns, type Dns } from "../resolve.ts";

/** What the checks see of the machine. Everything that a test plants a fault in comes by here. */
export type World = {
  env: Environment;
  /** Such as 24.1.0. */
  nodeVersion: string;
  /** Epoch ms. */
  now: () => number;
  /** Owner of this process; undefined where the system knows none. */
  uid: number | undefined;
  /** Bytes that this user may still write at a path. */
  freeBytes: (path: string) => Promise<number>;
  dns: Dns;
  /** PEM of CAs that providers are known to trust besides the public ones. */
  extraCas: readonly string[];
  /** Where a connection to an address of PUBLIC_URL really goes. */
  reach?: (place: Place) => Place;
};

export function thisMachine(env: Environment): World {
  return {
    env,
    nodeVersion: process.versions.node,
    now: Date.now,
    uid: process.getuid?.(),
    freeBytes: async (path) => {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    },
    dns: createDns(undefined),
    extraCas: [],
  };
}
