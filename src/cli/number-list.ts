import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { type Msisdn, type PhoneFault, parseMsisdn } from "../core/phone.ts";

/** Lines that cannot be used are named up to so many; the rest is counted. */
const NAMED_MAX = 20;
const BATCH = 1_000;
const PROGRESS_EVERY = 25_000;

/** What became of a list. Lines are named by their position only: what stands there may be a number. */
export type ListReading = {
  lines: number;
  /** Usable ones, doubles included. */
  numbers: number;
  bad: number;
  named: { line: number; fault: PhoneFault }[];
};

export type ListUse = {
  region: string | undefined;
  take: (numbers: readonly Msisdn[]) => Promise<void>;
  onProgress: (lines: number) => void;
};

export class NumberListFault extends Error {
  override readonly name = "NumberListFault";
}

/**
 * Reads one number a line in any spelling, a thousand in memory at a time. Empty lines and those that begin
 * with # are passed over.
 * @param path `-` is standard input @throws NumberListFault when the file cannot be read
 */
export async function readNumberList(path: string, use: ListUse): Promise<ListReading> {
  const reading: ListReading = { lines: 0, numbers: 0, bad: 0, named: [] };
  const batch: Msisdn[] = [];
  for await (const text of await linesOf(path)) {
    const number = readLine(text, use.region, reading);
    if (number) batch.push(number);
    if (batch.length === BATCH) await use.take(batch.splice(0));
    if (reading.lines % PROGRESS_EVERY === 0) use.onProgress(reading.lines);
  }
  await use.take(batch);
  return reading;
}

async function linesOf(path: string): Promise<AsyncIterable<string>> {
  if (path === "-") return createInterface({ input: process.stdin });
  try {
    const file = await open(path);
    if (!(await file.stat()).isDirectory()) return file.readLines();
    await file.close();
  } catch (error) {
    throw new NumberListFault(`${path} cannot be read`, { cause: error });
  }
  throw new NumberListFault(`${path} is a directory`);
}

function readLine(text: string, region: string | undefined, reading: ListReading): Msisdn | undefined {
  reading.lines += 1;
  if (/^\s*(#|$)/.test(text)) return undefined;
  const number = parseMsisdn(text, region);
  if (typeof number === "string") {
    reading.numbers += 1;
    return number;
  }
  reading.bad += 1;
  if (reading.named.length < NAMED_MAX) reading.named.push({ line: reading.lines, fault: number.fault });
  return undefined;
}

/** Sentences for the terminal, without any number. */
export function badLines({ bad, named }: ListReading): string[] {
  const more = bad - named.length;
  return [
    ...named.map(({ line, fault }) => `line ${line}: ${faultWords(fault)}`),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

export function faultWords(fault: PhoneFault): string {
  switch (fault) {
    case "not_a_number":
      return "is no phone number";
    case "several_numbers":
      return "holds several numbers";
    case "no_country":
      return "has no clear country; write it with + or give the client a region";
    case "not_possible":
      return "cannot be a phone number of its country";
  }
}
