import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { installHint, isExecutable } from "./install-hint.ts";

export interface RedisBinary {
  file: string;
  /** Major and minor version, for setting names differ. */
  version: readonly [major: number, minor: number];
}

export interface BinarySearch {
  /** A PATH; default: the environment's. */
  path?: string;
  /** Folders to look in after it; default: the usual ones, for the PATH of a service may be short. */
  places?: readonly string[];
}

const NAMES = ["redis-server", "valkey-server"];
const PLACES = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin"];
/** BullMQ needs 6.2. Source: docs.bullmq.io, Redis compatibility. */
const LOWEST = [6, 2] as const;
const VERSION_WAIT_MS = 5_000;

/** Finds the server program. @throws {Error} with what to type when there is none or it is too old. */
export async function findRedisBinary(search: BinarySearch = {}): Promise<RedisBinary> {
  const path = search.path ?? process.env["PATH"] ?? "";
  const folders = [...path.split(delimiter).filter(Boolean), ...(search.places ?? PLACES)];
  const file = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
  if (file === undefined) throw new Error(`No redis-server or valkey-server was found. ${installHint()}`);
  const version = await askVersion(file);
  if (version[0] < LOWEST[0] || (version[0] === LOWEST[0] && version[1] < LOWEST[1])) {
    throw new Error(
      `${file} is version ${version.join(".")}; otpost needs Redis ${LOWEST.join(".")} or newer, or Valkey. Upgrade it, or set REDIS_URL.`,
    );
  }
  return { file, version };
}

/** Both print "... server v=7.0.15 sha=...". */
async function askVersion(file: string): Promise<readonly [number, number]> {
  const { stdout } = await promisify(execFile)(file, ["--version"], { timeout: VERSION_WAIT_MS });
  const [, major, minor] = /\bv=(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (major === undefined || minor === undefined) {
    throw new Error(
      `${file} --version does not answer like a Redis or Valkey server. Set REDIS_URL to use another one.`,
    );
  }
  return [Number(major), Number(minor)];
}
