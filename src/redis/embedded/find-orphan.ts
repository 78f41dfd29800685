import { setTimeout as sleep } from "node:timers/promises";
import { describeAddress } from "./address.ts";
import { readState } from "./files.ts";
import type { ListenAddress, RedisFiles, RedisState } from "./files.ts";
import { probe } from "./probe.ts";
import type { Probe } from "./probe.ts";
import { isSameProcess } from "./process-identity.ts";
import { terminate } from "./server-process.ts";

/** A server of this directory whose otpost is gone, as after a kill -9. */
export interface Orphan {
  address: ListenAddress;
  pid: number;
}

const PROBE_MS = 2_000;
const LOOK_AGAIN_MS = 100;

/**
 * Looks for a server that still works on this directory, so that never two of them write one AOF.
 * One that lives but cannot be reached (starting, ending, frozen, its socket file removed) gets `waitMs`,
 * then it is ended. The caller holds the directory's lock.
 * @throws {Error} when a server that is not ours, or may not be, sits on our socket.
 */
export async function findOrphan(
  files: RedisFiles,
  password: string,
  waitMs: number,
): Promise<Orphan | undefined> {
  const state = readState(files);
  const until = performance.now() + waitMs;
  for (;;) {
    const found = await lookAround(files, state, password);
    if (found.kind === "ours") return { address: found.address, pid: found.pid };
    const lives = state?.pid !== undefined && isSameProcess(state.pid, state.identity);
    if (found.kind !== "mute" && !lives) return undefined;
    if (performance.now() > until) {
      await endUnreachable(files, lives ? state : undefined);
      return undefined;
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

type Finding = (Probe & { kind: "ours"; address: ListenAddress }) | { kind: "mute" } | { kind: "none" };

async function lookAround(
  files: RedisFiles,
  state: RedisState | undefined,
  password: string,
): Promise<Finding> {
  let finding: Finding = { kind: "none" };
  for (const address of addresses(files, state)) {
    const answer = await probe(address, password, files.redisDir, PROBE_MS);
    if (answer.kind === "ours") return { ...answer, address };
    // A port may belong to any other program by now; the socket lies in our own directory.
    if (address.kind !== "socket") continue;
    if (answer.kind === "stranger") throw strangerError(files);
    if (answer.kind === "mute") finding = { kind: "mute" };
  }
  return finding;
}

/** The socket is looked at even without a state file: its path never changes. */
function addresses(files: RedisFiles, state: RedisState | undefined): ListenAddress[] {
  const socket: ListenAddress = { kind: "socket", path: files.socket };
  return state === undefined || state.address.kind === "socket" ? [socket] : [socket, state.address];
}

/**
 * Ends by pid what cannot be asked by its socket. Only a process whose start time stands in our own state
 * file is touched; otherwise a person has to look. A kill costs no data: write(2) precedes each reply of Redis.
 */
async function endUnreachable(files: RedisFiles, state: RedisState | undefined): Promise<void> {
  if (state?.pid === undefined) {
    throw new Error(
      `Something listens on ${files.socket} but does not answer. Stop it (see: fuser ${files.socket}), then start again.`,
    );
  }
  const { pid, identity } = state;
  await terminate({ pid, isAlive: () => isSameProcess(pid, identity) }, PROBE_MS);
}

function strangerError(files: RedisFiles): Error {
  const where = describeAddress({ kind: "socket", path: files.socket });
  return new Error(
    `A Redis that is not of this directory, or has another password than ${files.password}, answers on ${where}. ` +
      "Stop it, then start again.",
  );
}
