import { type Copy, isTaken, toCopy } from "../../drill/truth.ts";
import type { LedgerEntry } from "../../twins/ledger-entry.ts";
import type { Copies } from "./score.ts";

/** Every copy that a provider took, by whom it was for. */
export function copiesOf(entries: readonly LedgerEntry[]): Copies {
  const copies = new Map<string, Copy[]>();
  addCopies(copies, entries);
  return copies;
}

function addCopies(copies: Map<string, Copy[]>, entries: readonly LedgerEntry[]): void {
  for (const entry of entries) {
    if (!isTaken(entry)) continue;
    const recipient = entry.recipient.replace(/^\+/, "");
    copies.set(recipient, [...(copies.get(recipient) ?? []), toCopy(entry)]);
  }
}

/** Follows the twins' ledger. @returns what reads the news and gives all copies so far */
export function followCopies(since: (seq: number) => Promise<LedgerEntry[]>): () => Promise<Copies> {
  const copies = new Map<string, Copy[]>();
  let seq = 0;
  return async () => {
    const news = await since(seq);
    seq = news.at(-1)?.seq ?? seq;
    addCopies(copies, news);
    return copies;
  };
}
