import type { Ledger } from "../ledger.ts";
import type { LedgerEntry } from "../ledger-entry.ts";
import type { SevenMessage } from "./plan.ts";

/** Messages that journal and status still know; older ones fall out so that a bench can run for long. */
const KEPT_MESSAGES = 200_000;
/** Ids look like the real ones: 11 digits, counted upwards. */
const FIRST_ID = 77_000_000_001;

/** What seven has taken, by id and by recipient. Starts with what an earlier run wrote to the ledger. */
export type Messages = ReturnType<typeof createMessages>;

export function createMessages(ledger: Ledger) {
  const byId = new Map<string, SevenMessage>();
  const byRecipient = new Map<string, SevenMessage[]>();
  const cancelled = new WeakSet<SevenMessage>();
  const add = (message: SevenMessage) => {
    byId.set(message.providerMessageId, message);
    const same = byRecipient.get(message.recipient) ?? [];
    same.push(message);
    byRecipient.set(message.recipient, same);
    if (byId.size > KEPT_MESSAGES) drop(byId.values().next().value);
  };
  const drop = (message: SevenMessage | undefined) => {
    if (message === undefined) return;
    byId.delete(message.providerMessageId);
    const rest = byRecipient.get(message.recipient)?.filter((one) => one !== message) ?? [];
    byRecipient.delete(message.recipient);
    if (rest.length > 0) byRecipient.set(message.recipient, rest);
  };
  const earlier = earlierMessages(ledger);
  for (const message of earlier) add(message);
  // Ids only grow, so the last one is the highest.
  let nextId = Number(earlier.at(-1)?.providerMessageId ?? FIRST_ID - 1) + 1;
  return {
    newId: () => String(nextId++),
    add,
    drop,
    /** Takes a delayed message back: no report may follow. */
    cancel: (message: SevenMessage) => {
      drop(message);
      cancelled.add(message);
    },
    isCancelled: (message: SevenMessage) => cancelled.has(message),
    byId: (id: string) => byId.get(id),
    to: (recipient: string): readonly SevenMessage[] => byRecipient.get(recipient) ?? [],
    all: (): SevenMessage[] => [...byId.values()],
    /** Ids go on: two messages of one file never share one. */
    reset: () => {
      byId.clear();
      byRecipient.clear();
    },
  };
}

/** Memory reaches back as far as the ledger keeps entries, which is as far as this store does. */
function earlierMessages(ledger: Ledger): SevenMessage[] {
  const isOurs = (entry: LedgerEntry) => entry.provider === "seven" && entry.event === "accepted";
  return ledger.since(0).filter(isOurs) as SevenMessage[];
}
