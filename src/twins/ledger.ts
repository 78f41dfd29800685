import { open, readFile, truncate } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { LedgerBody, LedgerEntry, Stamped, TwinKind } from "./ledger-entry.ts";

/** Entries kept for reading back; the file keeps all. A bench of minutes must not fill the memory. */
const KEPT_ENTRIES = 200_000;

/** How many entries of each event there were, and how many accepts of each provider. */
export type Counts = Record<LedgerEntry["event"], number> & { taken: Record<TwinKind, number> };

export type Ledger = {
  /** Stamps an entry (`at` is now unless given). `durable` settles when the line is on disk and rejects when it cannot be. */
  append: <Body extends LedgerBody>(
    body: Body,
    at?: number,
  ) => { entry: Stamped<Body>; durable: Promise<void> };
  /** For entries nobody waits for: written in the next batch, a full disk is ignored. */
  note: (body: LedgerBody) => void;
  /** Entries with a higher `seq`, oldest first, as far back as memory reaches. */
  since: (seq: number) => LedgerEntry[];
  /** Forgotten entries included. */
  counts: () => Counts;
  /** Forgets what is in memory. The file stays: it is evidence. */
  clear: () => void;
  close: () => Promise<void>;
};

/**
 * The twin's own record of what it took, independent of the service under test. NDJSON, mode 0600 since
 * codes stand in it. An existing file is read first, so a restarted twin knows what it had accepted.
 * @param file undefined keeps everything in memory.
 * @param fsync false leaves the line to the page cache: survives a kill of the twin, not of the machine.
 */
export async function createLedger(file?: string, { fsync = true } = {}): Promise<Ledger> {
  const memory = createMemory(file === undefined ? [] : await readEntries(file));
  const disk = file === undefined ? undefined : createDisk(await open(file, "a", 0o600), fsync);
  let seq = memory.lastSeq();
  const append = <Body extends LedgerBody>(body: Body, at = Date.now()) => {
    seq += 1;
    const entry = { seq, at, ...body };
    if (disk === undefined) memory.add(entry);
    return { entry, durable: disk === undefined ? Promise.resolve() : disk.write(entry, memory.add) };
  };
  return {
    append,
    note: (body) => void append(body).durable.catch(() => undefined),
    since: memory.since,
    counts: memory.counts,
    clear: memory.clear,
    close: async () => disk?.close(),
  };
}

/**
 * Reads what an earlier run wrote. A last line that a kill cut in two is removed: nobody was told that it
 * had been accepted. Any other broken line is a damaged file and fails the start.
 */
async function readEntries(file: string): Promise<LedgerEntry[]> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  const whole = bytes.lastIndexOf("\n") + 1;
  if (whole < bytes.length) await truncate(file, whole);
  const lines = bytes.subarray(0, whole).toString("utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as LedgerEntry);
}

/** Counts go on for what was forgotten; only a clear sets them back. */
function createMemory(first: LedgerEntry[]) {
  let entries = first;
  let counts = noCounts();
  const count = ({ event, provider }: LedgerEntry) => {
    counts[event] += 1;
    if (event === "accepted") counts.taken[provider] += 1;
  };
  for (const entry of first) count(entry);
  return {
    lastSeq: () => entries.at(-1)?.seq ?? 0,
    add: (entry: LedgerEntry) => {
      count(entry);
      entries.push(entry);
      if (entries.length > 2 * KEPT_ENTRIES) entries = entries.slice(-KEPT_ENTRIES);
    },
    since: (seq: number) => entries.filter((entry) => entry.seq > seq),
    counts: () => ({ ...counts, taken: { ...counts.taken } }),
    clear: () => {
      entries = [];
      counts = noCounts();
    },
  };
}

function noCounts(): Counts {
  const taken = { seven: 0, "telegram-gateway": 0, gatewayapi: 0 };
  return { accepted: 0, checked: 0, refused: 0, report: 0, taken };
}

/** Group commit: all lines that arrive during one fsync share the next one. */
function createDisk(handle: FileHandle, fsync: boolean) {
  let lines: string[] = [];
  let next: Promise<void> | undefined;
  let running: Promise<void> = Promise.resolve();
  const commit = async () => {
    // Whatever came while the last batch was written goes into this one; later lines start another.
    await running.catch(() => undefined);
    const batch = lines.join("");
    lines = [];
    running = (async () => {
      await handle.appendFile(batch);
      if (fsync) await handle.datasync();
    })();
    next = undefined;
    await running;
  };
  return {
    /** Settles once the line is safe; `remember` is told then, and not at all if the disk fails. */
    write: async (entry: LedgerEntry, remember: (entry: LedgerEntry) => void) => {
      lines.push(`${JSON.stringify(entry)}\n`);
      next ??= commit();
      await next;
      remember(entry);
    },
    close: async () => {
      await next?.catch(() => undefined);
      await running.catch(() => undefined);
      await handle.close();
    },
  };
}
