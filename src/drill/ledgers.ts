import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { LedgerEntry } from "../twins/ledger-entry.ts";
import type { LogLine } from "./evidence.ts";

/** The file, not the twin's memory: what it holds was on disk before any answer. */
export async function readTwinLedger(file: string): Promise<LedgerEntry[]> {
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as LedgerEntry);
}

const lineSchema = z.object({
  time: z.string(),
  event: z.string(),
  route: z.string().optional(),
  outcome: z.string().optional(),
  what: z.string().optional(),
  change: z.string().optional(),
});

/** The lines that drills look at, of all processes, in order of time. What is no JSON is no log line. */
export async function readServiceLogs(files: readonly string[]): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for (const file of files) {
    for await (const text of createInterface({ input: createReadStream(file) })) {
      const line = toLine(text);
      if (line) lines.push(line);
    }
  }
  return lines.toSorted((a, b) => a.at - b.at);
}

function toLine(text: string): LogLine | undefined {
  // A storm logs some hundred thousand lines, of which these are few.
  if (!/"event":"(attempt\.finished|circuit\.)/.test(text)) return undefined;
  const read = lineSchema.safeParse(JSON.parse(text));
  if (!read.success) return undefined;
  const { time, event, route, outcome, what: circuit, change } = read.data;
  return { at: Date.parse(time), event, route, outcome, circuit, change };
}
