import { existsSync, linkSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readIfThere, writePrivate } from "./files.ts";
import { isSameProcess, processIdentity } from "./process-identity.ts";

export interface DirectoryLock {
  release: () => void;
}

const holderSchema = z.union([
  z.object({ released: z.literal(true) }),
  z.object({ pid: z.number().int().positive(), identity: z.string() }),
]);

const NAME = /^otpost\.lock\.(\d+)$/;
const RELEASED = JSON.stringify({ released: true });

/**
 * Takes the data directory for this process, or refuses while another living otpost has it.
 *
 * The lock is a row of numbered files of which the highest counts. Only who read the highest and found its
 * holder gone may try the next number, and the file system lets one of them have it. A stale file is thus
 * never removed before it is outdone, which is how lock files usually come to have two owners. The last file
 * stays behind, marked as released, so that a number never comes back.
 *
 * Processes in other pid namespaces (two containers on one volume) cannot be seen and look gone.
 *
 * @throws {Error} naming the pid and the directory.
 */
export function lockDirectory(dataDir: string): DirectoryLock {
  for (;;) {
    const highest = highestNumber(dataDir);
    refuseLiving(dataDir, highest);
    const mine = highest + 1;
    if (!claim(dataDir, mine)) continue;
    if (highestNumber(dataDir) > mine) {
      // We stalled between reading and claiming, and the files we had read were outdone and cleared away.
      rmSync(lockFile(dataDir, mine), { force: true });
      continue;
    }
    clearBelow(dataDir, mine);
    return { release: () => release(dataDir, mine) };
  }
}

/** A directory that was removed meanwhile holds no lock to give back. */
function release(dataDir: string, number: number): void {
  if (existsSync(lockFile(dataDir, number))) writePrivate(lockFile(dataDir, number), RELEASED);
}

function refuseLiving(dataDir: string, number: number): void {
  const text = readIfThere(lockFile(dataDir, number));
  if (text === undefined) return;
  const holder = parseHolder(text);
  if ("released" in holder || !isSameProcess(holder.pid, holder.identity)) return;
  throw new Error(
    `${dataDir} is in use by a running otpost (pid ${holder.pid}). Stop that one, or set DATA_DIR to another directory.`,
  );
}

/** Damaged text counts as released: it is written whole before it gets its name, so no living process left it. */
function parseHolder(text: string): z.infer<typeof holderSchema> {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return { released: true };
  }
}

/**
 * The draft is written first and then linked, so a lock file is never seen half written.
 * @returns false when somebody else got this number first.
 */
function claim(dataDir: string, number: number): boolean {
  const draft = join(dataDir, `otpost.lock-draft.${process.pid}`);
  const holder = { pid: process.pid, identity: processIdentity(process.pid) ?? "unknown" };
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 });
  try {
    linkSync(draft, lockFile(dataDir, number));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function clearBelow(dataDir: string, number: number): void {
  for (const other of numbers(dataDir)) {
    if (other < number) rmSync(lockFile(dataDir, other), { force: true });
  }
}

function highestNumber(dataDir: string): number {
  return Math.max(0, ...numbers(dataDir));
}

function numbers(dataDir: string): number[] {
  return readdirSync(dataDir).flatMap((name) => {
    const digits = NAME.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
}

function lockFile(dataDir: string, number: number): string {
  return join(dataDir, `otpost.lock.${number}`);
}
