import type { SevenMessage } from "./plan.ts";

/**
 * Same text, type and recipient within the lock's time: the earlier one was taken, this one gets 402.
 * @param earlier what an earlier run on the same ledger took, oldest first: a restart frees nothing.
 * @param lockMs for those; source of the usual 180 s: older docs of seven.io, sms, code 402
 */
export function createReloadLock(earlier: readonly SevenMessage[], lockMs: number) {
  // Under one script all live equally long, so insertion order is order of expiry and the front can be dropped.
  const until = new Map<string, number>();
  for (const { channel, recipient, text, at } of earlier)
    until.set(lockKey(channel, recipient, text), at + lockMs);
  const prune = (at: number) => {
    for (const [key, end] of until) {
      if (end > at) return;
      until.delete(key);
    }
  };
  return {
    /** Takes the lock; false when somebody holds it. `release` gives it back if the accept fails. */
    take: (key: string, at: number, forMs: number): boolean => {
      prune(at);
      if ((until.get(key) ?? 0) > at) return false;
      until.delete(key);
      until.set(key, at + forMs);
      return true;
    },
    release: (key: string) => until.delete(key),
    reset: () => until.clear(),
  };
}

/** Sender and `foreign_id` play no part: a repeat under another id is still a repeat. */
export function lockKey(channel: string, recipient: string, text: string): string {
  return `${channel}\n${recipient}\n${text}`;
}
