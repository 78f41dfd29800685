import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Where the embedded Redis keeps what; all of it private to the user who runs otpost. */
export interface RedisFiles {
  /** The data directory, absolute and without symbolic links: Redis reports its own `dir` that way. */
  dataDir: string;
  /** Redis' working directory, with the AOF. */
  redisDir: string;
  /** Written anew at each launch; holds the password, which thus never stands on a command line. */
  config: string;
  /** Kept from start to start, or an orphan could not be adopted. */
  password: string;
  /** Redis' own pid file, for people; we go by the state. */
  pid: string;
  /** Address and process, for the next start. */
  state: string;
  /** What Redis prints. A pipe would break when we are killed. */
  log: string;
  /** Used only where this path is short enough. */
  socket: string;
}

/** Makes the directories. @throws the system's error (it names the path) when they cannot be made or written. */
export function prepareFiles(dataDir: string): RedisFiles {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const real = realpathSync(dataDir);
  const redisDir = join(real, "redis");
  mkdirSync(redisDir, { recursive: true, mode: 0o700 });
  // One made by hand may be open to others, and the AOF inside is written with the usual 0644.
  chmodSync(redisDir, 0o700);
  return {
    dataDir: real,
    redisDir,
    config: join(real, "redis.conf"),
    password: join(real, "redis-password"),
    pid: join(real, "redis.pid"),
    state: join(real, "redis-state.json"),
    log: join(real, "redis.log"),
    socket: join(real, "redis.sock"),
  };
}

/** Replaces a file in one step and readable by its owner only: a crash leaves the old one or the new one. */
export function writePrivate(file: string, text: string): void {
  const next = `${file}.next`;
  rmSync(next, { force: true });
  writeFileSync(next, text, { mode: 0o600, flag: "wx" });
  renameSync(next, file);
}

/** The text of a file, undefined when there is none. @throws any other fault of reading it. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The password of this directory, 256 bit in hex. One is made when there is none; a running orphan knows the old one. */
export function ensurePassword(files: RedisFiles): string {
  const known = readIfThere(files.password)?.trim();
  if (known !== undefined && /^[0-9a-f]{64}$/.test(known)) return known;
  const password = randomBytes(32).toString("hex");
  writePrivate(files.password, `${password}\n`);
  return password;
}

const addressSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("socket"), path: z.string() }),
  z.object({
    kind: z.literal("port"),
    host: z.literal("127.0.0.1"),
    port: z.number().int().min(1).max(65_535),
  }),
]);

/** Where the server listens. */
export type ListenAddress = z.infer<typeof addressSchema>;

const stateSchema = z.object({
  address: addressSchema,
  /** Absent while the server is being started. */
  pid: z.number().int().positive().optional(),
  /** Tells the process apart from a later one with the same pid; see process-identity.ts. */
  identity: z.string().optional(),
});

/** What the next start must know to find a server that outlived us. */
export type RedisState = z.infer<typeof stateSchema>;

/** The state the last run wrote, or undefined when there is none or it cannot be read. */
export function readState(files: RedisFiles): RedisState | undefined {
  const text = readIfThere(files.state);
  if (text === undefined) return undefined;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function writeState(files: RedisFiles, state: RedisState): void {
  writePrivate(files.state, `${JSON.stringify(state)}\n`);
}
